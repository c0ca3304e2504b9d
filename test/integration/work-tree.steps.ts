import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';

import { type GitRepository } from '../support/git-repository.js';

export const FOLDERS = ['', 'a/', 'a/b/', 'c/', 'new/', 'new/deep/'];
export const NAMES = ['one.txt', 'two.txt', 'three.log', 'x.o'];
const PATTERNS = ['*.log', '*.o', '!x.o', '/a/b/', 'new', 'deep/', 'two.*'];

const folder = fc.constantFrom(...FOLDERS);
const path = fc.tuple(folder, fc.constantFrom(...NAMES)).map((parts) => parts.join(''));
/** Something that may happen to a work tree. */
export const step = fc.oneof(
  // Two contents of one length: nothing but the time and the bytes tell that the file is another.
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write'), path, to: fc.constantFrom('1\n', '2\n') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove'), path, to: fc.constant('') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rename'), path, to: path }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('move-folder'), path: folder, to: folder }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('ignore'), path: folder, to: fc.constantFrom(...PATTERNS) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('exclude'), path, to: fc.constantFrom(...PATTERNS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('nest'), path: folder, to: fc.constant('') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('empty-folder'), path: folder, to: fc.constant('') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('link'), path, to: path }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('mode'), path, to: fc.constant('') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('add'), path, to: fc.constant('') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('commit'), path, to: fc.constant('') }) },
);
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A step that cannot be done is none: paths are drawn without knowing what is there. */
export function perform(repo: GitRepository, { do: what, path: at, to }: Step): void {
  const file = repo.file(at);
  const steps: Record<string, () => unknown> = {
    write: () => repo.write(at, to),
    remove: () => rmSync(file),
    rename: () => renameSync(file, repo.file(to)),
    'move-folder': () => renameSync(file, repo.file(to)),
    ignore: () => repo.write(`${at}.gitignore`, `${to}\n`),
    exclude: () => repo.write('.git/info/exclude', `${to}\n`),
    nest: () => at !== '' && repo.git(['init', '--quiet', file]),
    'empty-folder': () => mkdirSync(join(file, 'empty'), { recursive: true }),
    link: () => symlinkSync(to, file),
    mode: () => chmodSync(file, 0o755),
    add: () => repo.git(['add', '--force', at]),
    commit: () => repo.commit('next'),
  };
  try {
    steps[what]?.();
  } catch {
    // As said.
  }
}

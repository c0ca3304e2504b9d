import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join, relative, resolve } from 'node:path';

import { entryKind } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';

/** What `.gitmodules` says of a submodule. */
export interface DeclaredSubmodule {
  readonly name: string;
  readonly path: string;
  readonly url: string;
  readonly branch?: string;
}

const APPEND = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;

/**
 * Connects the folder with the repository that git has kept of it.
 *
 * @param before what `.git` in the folder said, which it says again if that is still where the repository is
 */
export function attach(folder: string, gitDir: string, before = ''): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '.git'), linkText(folder, gitDir, before), { flag: 'wx' });
}

/** What `.git` in the folder has to say; what it said before if that is still right. */
export function linkText(folder: string, gitDir: string, before: string): string {
  const place = /^gitdir: (.+)\n$/.exec(before)?.[1];
  const isRight = place !== undefined && resolve(folder, place) === gitDir;
  return isRight ? before : `gitdir: ${relative(folder, gitDir)}\n`;
}

/** Takes all files of a submodule out of its folder, which stays; last the note of where its repository is. */
export function emptyFolder(folder: string): void {
  if (entryKind(folder) !== 'folder') return;
  const names = readdirSync(folder).toSorted(
    (one, other) => Number(one === '.git') - Number(other === '.git'),
  );
  for (const name of names) rmSync(join(folder, name), { recursive: true, force: true });
}

/** Adds it to `.gitmodules`, which is made where there is none. */
export function declare(repository: Repository, { name, path, url, branch }: DeclaredSubmodule): void {
  const file = openSync(join(repository.path, '.gitmodules'), APPEND, 0o644);
  try {
    const text = readFileSync(file, 'utf8');
    const lines = [
      ...(text === '' || text.endsWith('\n') ? [] : ['']),
      `[submodule ${quoted(name)}]`,
      `\tpath = ${quoted(path)}`,
      `\turl = ${quoted(url)}`,
      ...(branch === undefined ? [] : [`\tbranch = ${quoted(branch)}`]),
    ];
    writeSync(file, `${lines.join('\n')}\n`);
  } finally {
    closeSync(file);
  }
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

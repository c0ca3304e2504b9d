import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { eventually } from '../support/eventually.js';
import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

/** git, noting each run; after the one that is waited for it writes attributes, before the server can look at them. */
const meddlingGit = (folder: string): string => `#!/bin/sh
echo "$*" >> '${folder}/runs'
git "$@"
code=$?
if [ -e '${folder}/waits' ]; then
  . '${folder}/waits'
  case " $* " in *" $command "*) rm '${folder}/waits'; echo "$line" > "$file";; esac
fi
exit $code
`;

describe('An answer during which attributes were written', () => {
  let bench: ToolBench;
  /** Remembers nothing. */
  let fresh: ToolBench;
  let repo: GitRepository;

  beforeAll(async () => {
    bench = await ToolBench.start((config) => {
      config.git.binary = join(config.git.roots[0] ?? '', 'meddling-git');
      writeFileSync(config.git.binary, meddlingGit(config.git.roots[0] ?? ''), { mode: 0o755 });
    });
    fresh = await ToolBench.start((config) => {
      config.git.roots = [bench.root];
      config.git.cache.maxBytes = 0;
    });
  });
  afterAll(async () => {
    await fresh.close();
    await bench.close();
  });

  beforeEach(() => {
    repo = new GitRepository({ root: bench.folder() });
    repo.commitFiles('base', { 'src/a.txt': 'one\ntwo\nthree\n' });
    repo.git(['switch', '--quiet', '--create', 'other']);
    repo.commitFiles('theirs', { 'src/a.txt': 'one\ntheirs\nthree\n' });
    repo.git(['switch', '--quiet', '--create', 'again', 'main']);
    repo.commitFiles('theirs, with a blank', { 'src/a.txt': 'one\n theirs\nthree\n' });
    repo.git(['switch', '--quiet', 'main']);
    repo.commitFiles('ours', { 'src/a.txt': 'one\nours\nthree\n' });
  });

  const runs = () => readFileSync(join(bench.root, 'runs'), 'utf8').split('\n').length;

  const diff = { target: 'main~1..main', word_diff: true };
  it.each([
    ['git_diff', diff, 'diff', 'src/.gitattributes', '*.txt -diff'],
    ['git_diff', diff, 'diff', '.git/info/attributes', '*.txt -diff'],
    ['git_show', { revision: 'main', word_diff: true }, 'show', 'src/.gitattributes', '*.txt -diff'],
    ['git_merge_tree', { theirs: 'other' }, 'merge-tree', 'src/.gitattributes', '*.txt merge=union'],
    ['git_cherry', { upstream: 'other', head: 'again' }, 'cherry', 'src/.gitattributes', '*.txt -diff'],
    ['git_range_diff', { old: 'other', new: 'again' }, 'range-diff', 'src/.gitattributes', '*.txt -diff'],
    ['git_grep', { pattern: 'ours', revision: 'main' }, 'grep', 'src/.gitattributes', '*.txt -diff'],
  ])('is not given again: %s %o, %s, %s', async (tool, args, command, file, line) => {
    const call = { repo_path: repo.path, ...args };
    const waits = join(bench.root, 'waits');
    writeFileSync(waits, `command=${command} file='${repo.file(file)}' line='${line}'\n`);

    const before = await bench.call(tool, call);
    const after = await bench.call(tool, call);

    expect(existsSync(waits)).toBe(false);
    expect(after.structured).not.toEqual(before.structured);
    expect(after.structured).toEqual((await fresh.call(tool, call)).structured);
  });

  it('is given again, without git, once nothing is written any more', async () => {
    await eventually(async () => {
      await bench.call('git_diff', { repo_path: repo.path, ...diff });
      const before = runs();
      await bench.call('git_diff', { repo_path: repo.path, ...diff });
      expect(runs()).toBe(before);
    });
  });
});

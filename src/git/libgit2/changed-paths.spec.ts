import { describe, expect, it } from 'vitest';

import { changedFiles } from './changed-paths.js';
import { mergedTree } from './merged-tree.js';
import { type RawCommit } from './raw-commit.js';
import { TREE_MODE } from './tree.parser.js';
import { Unsuited } from './unsuited.error.js';

const NAMES = Array.from({ length: 9 }, (_, at) => `${at}`);
const [OLD, YOUNG, BEFORE, AFTER] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(40)) as [
  string,
  string,
  string,
  string,
];

function treeOf(mode: string, sha: string): Buffer {
  return Buffer.concat(NAMES.flatMap((name) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(sha, 'hex')]));
}

/** Each of nine folders is the same one, with nine files that have changed. */
const CONTENTS: Readonly<Record<string, Buffer>> = {
  [OLD]: treeOf('100644', '1'.repeat(40)),
  [YOUNG]: treeOf('100644', '2'.repeat(40)),
  [BEFORE]: treeOf(TREE_MODE, OLD),
  [AFTER]: treeOf(TREE_MODE, YOUNG),
};
const tree = async (sha: string) => CONTENTS[sha] ?? Buffer.alloc(0);
const allBytes = [BEFORE, AFTER, ...NAMES.flatMap(() => [OLD, YOUNG])]
  .map((sha) => CONTENTS[sha]?.length ?? 0)
  .reduce((sum, length) => sum + length);

function commit(sha: string): RawCommit {
  return { sha, tree: sha, parents: [], header: `tree ${sha}`, message: '' };
}

describe('A change that names the same folder many times', () => {
  it('is told where as many bytes may be compared', async () => {
    const files = await changedFiles({ tree, maxTreeBytes: allBytes }, BEFORE, AFTER);

    expect(files).toHaveLength(NAMES.length ** 2);
  });

  it('is left to others where it is more bytes, however few are read', async () => {
    await expect(changedFiles({ tree, maxTreeBytes: allBytes - 1 }, BEFORE, AFTER)).rejects.toThrow(Unsuited);
  });

  it('is not merged where it is more changes than are wanted', async () => {
    const commits = [commit(BEFORE), commit(BEFORE), commit(AFTER)] as const;
    const { changes } = await mergedTree({ tree }, commits, NAMES.length ** 2);

    expect(changes).toHaveLength(NAMES.length ** 2);
    await expect(mergedTree({ tree }, commits, NAMES.length ** 2 - 1)).rejects.toThrow('many-files');
  });
});

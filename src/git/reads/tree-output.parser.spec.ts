import { describe, expect, it } from 'vitest';

import { parseTree } from './tree-output.parser.js';

const SHA = '1'.repeat(40);

describe('The output of git ls-tree --long', () => {
  it('names each entry with its type, and its size where it has one', () => {
    const output = [
      `100644 blob ${SHA}      12\ta b\tc\nd`,
      `100664 blob ${SHA}       0\told`,
      `100755 blob ${SHA} 1234567\trun`,
      `120000 blob ${SHA}       5\tlink`,
      `040000 tree ${SHA}       -\tdir`,
      `160000 commit ${SHA}       -\tnested`,
      '',
    ].join('\0');

    expect(parseTree(output)).toEqual([
      { name: 'a b\tc\nd', type: 'file', sha: SHA, size: 12 },
      { name: 'old', type: 'file', sha: SHA, size: 0 },
      { name: 'run', type: 'executable', sha: SHA, size: 1_234_567 },
      { name: 'link', type: 'symlink', sha: SHA, size: 5 },
      { name: 'dir', type: 'folder', sha: SHA },
      { name: 'nested', type: 'submodule', sha: SHA },
    ]);
  });

  it('may be empty', () => {
    expect(parseTree('')).toEqual([]);
  });
});

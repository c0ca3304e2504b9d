import { describe, expect, it } from 'vitest';

import { parseBranches } from './branches-output.parser.js';
import { parseDiffOutput } from './diff-output.parser.js';
import { CommitStream, parseCommits } from './log-output.parser.js';
import { parseStatus } from './status-output.parser.js';

const Z = '\0';
const line = (...fields: string[]) => `${fields.join(Z)}\n`;
const IDS = `${'1'.repeat(40)} ${'2'.repeat(40)}`;

describe('What git status prints', () => {
  it('becomes branch, distance and entries', () => {
    const output = [
      `# branch.oid ${'a'.repeat(40)}`,
      '# branch.head main',
      '# branch.upstream origin/main',
      '# branch.ab +2 -1',
      `1 .M N... 100644 100644 100644 ${IDS} with space`,
      `2 R. N... 100644 100644 100644 ${IDS} R100 new name`,
      'old name',
      `u UU N... 100644 100644 100644 100644 ${IDS} ${'3'.repeat(40)} both`,
      '? untracked/',
      '',
    ].join(Z);

    expect(parseStatus(output)).toEqual({
      branch: 'main',
      head: 'a'.repeat(40),
      upstream: 'origin/main',
      ahead: 2,
      behind: 1,
      entries: [
        { path: 'with space', index: '.', worktree: 'M' },
        { path: 'new name', index: 'R', worktree: '.', from: 'old name' },
        { path: 'both', index: 'U', worktree: 'U' },
        { path: 'untracked/', index: '?', worktree: '?' },
      ],
    });
  });

  it('may be a branch without a commit, or a commit without a branch', () => {
    expect(parseStatus(`# branch.oid (initial)${Z}# branch.head main${Z}`)).toEqual({
      branch: 'main',
      head: null,
      entries: [],
    });
    expect(parseStatus(`# branch.oid abc${Z}# branch.head (detached)${Z}`)).toEqual({
      branch: null,
      head: 'abc',
      entries: [],
    });
  });
});

describe('What git diff prints', () => {
  const patch = 'diff --git a/x b/x\nanything\0at all\n';
  const output = [
    `:100644 100644 ${IDS} M`,
    'tab\tname',
    `:100644 100644 ${IDS} R066`,
    'old',
    'new',
    `:000000 100644 ${IDS} A`,
    'image',
    '1\t2\ttab\tname',
    '3\t0\t',
    'old',
    'new',
    '-\t-\timage',
    '',
    patch,
  ].join(Z);

  it('becomes files with their counts, and the patch as it is', () => {
    expect(parseDiffOutput(output)).toEqual({
      files: [
        { path: 'tab\tname', status: 'M', additions: 1, deletions: 2, binary: false },
        { path: 'new', from: 'old', status: 'R', additions: 3, deletions: 0, binary: false },
        { path: 'image', status: 'A', additions: 0, deletions: 0, binary: true },
      ],
      patch,
    });
  });

  it('is nothing where nothing differs', () => {
    expect(parseDiffOutput('')).toEqual({ files: [], patch: '' });
  });

  it('gives what is whole where it was cut', () => {
    const cut = `:100644 100644 ${IDS} M${Z}a${Z}:100644 100644 ${IDS} M`;

    expect(parseDiffOutput(cut).files.map(({ path }) => path)).toEqual(['a']);
  });

  it('may be cut anywhere in its list', () => {
    const list = output.slice(0, output.indexOf(patch));
    const cuts = Array.from(list, (_, length) => parseDiffOutput(list.slice(0, length)));

    expect(new Set(cuts.map((cut) => cut.patch))).toEqual(new Set(['']));
    expect(cuts.at(-1)?.files).toHaveLength(3);
  });

  it('is a failure where it looks like nothing known', () => {
    expect(() => parseDiffOutput('warning: something')).toThrow(
      expect.objectContaining({ code: 'operation_failed' }),
    );
  });
});

describe('What git log prints', () => {
  it('becomes commits, whatever their messages hold', () => {
    const fields = [
      'a'.repeat(40),
      'b c',
      'Ada',
      'ada@x',
      '1700000000 -0830',
      'Bob',
      'bob@x',
      '1700000001 +0000',
      'one\n\ntwo\n',
    ];

    expect(parseCommits([...fields, ...fields, ''].join(Z))).toEqual(
      Array.from({ length: 2 }, () => ({
        sha: 'a'.repeat(40),
        parents: ['b', 'c'],
        author: { name: 'Ada', email: 'ada@x', at: 1_700_000_000, offsetMinutes: -510 },
        committer: { name: 'Bob', email: 'bob@x', at: 1_700_000_001, offsetMinutes: 0 },
        message: 'one\n\ntwo\n',
      })),
    );
  });

  it.each([1, 2, 5, 100])('becomes the same commits where it comes in parts of %i bytes', (length) => {
    const commit = ['a', '', 'Ünï', 'ü@x', '1700000000 -0000', '漢字', '', '-1 +1345', '😀\n'];
    const output = [...commit, ...commit, ''].join(Z);
    const bytes = Buffer.from(output);
    const stream = new CommitStream();

    for (let at = 0; at < bytes.length; at += length) stream.push(bytes.subarray(at, at + length));

    expect(stream.found).toHaveLength(2);
    expect(stream.found).toEqual(parseCommits(output));
  });

  it('is read once, however long a message and in however many parts it comes', () => {
    const part = Buffer.alloc(1_024, 'x');
    const parts = 8 * 1_024;
    const stream = new CommitStream();

    stream.push(Buffer.from(['a', '', 'n', 'e', '1 +0000', 'n', 'e', '1 +0000', ''].join(Z)));
    for (let count = 0; count < parts; count += 1) stream.push(part);
    stream.push(Buffer.from(Z));

    expect(stream.found.map(({ message }) => message.length)).toEqual([parts * part.length]);
  });

  it('is no commit where it is nothing', () => {
    expect(parseCommits('')).toEqual([]);
  });
});

describe('What git for-each-ref prints', () => {
  it('becomes branches, without the aliases of remote ones', () => {
    const output =
      line('refs/heads/main', 'a', '*', '', 'origin/main', '', 'subject') +
      line('refs/remotes/origin/HEAD', 'a', ' ', 'refs/remotes/origin/main', '', '', 'subject') +
      line('refs/remotes/origin/main', 'a', ' ', '', '', '', 'subject');

    expect(parseBranches(output)).toEqual([
      { name: 'main', remote: false, sha: 'a', subject: 'subject', current: true, upstream: 'origin/main' },
      { name: 'origin/main', remote: true, sha: 'a', subject: 'subject', current: false },
    ]);
  });
});

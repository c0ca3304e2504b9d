import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { changedEntries, readTree } from './tree.parser.js';
import { Unsuited } from './unsuited.error.js';

interface Entry {
  readonly name: string;
  readonly folder: boolean;
  readonly id: number;
}

const shaOf = (id: number) => id.toString(16).padStart(40, '0');

/** As git stores a tree: sorted as if the names of folders ended in a slash. */
function treeOf(entries: readonly Entry[]): Buffer {
  const key = ({ name, folder }: Entry) => Buffer.from(folder ? `${name}/` : name);
  const sorted = entries.toSorted((a, b) => Buffer.compare(key(a), key(b)));
  return Buffer.concat(
    sorted.flatMap(({ name, folder, id }) => [
      Buffer.from(`${folder ? '40000' : '100644'} ${name}\0`),
      Buffer.from(shaOf(id), 'hex'),
    ]),
  );
}

const show = (entry: Entry | undefined) =>
  entry &&
  `${Buffer.from(entry.name).toString('latin1')} ${entry.folder ? '40000' : '100644'} ${shaOf(entry.id)}`;

const entries = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('a', 'a.c', 'a0', 'ab', 'b', 'ä', 'a b', 'z'),
    folder: fc.boolean(),
    id: fc.nat(3),
  }),
  { selector: ({ name }) => name },
);

describe('Changed entries of two trees', () => {
  it('are those whose id or mode differs, and those on one side only', () => {
    fc.assert(
      fc.property(entries, entries, (before, after) => {
        const said = changedEntries(treeOf(before), treeOf(after)).map(([was, is]) => [
          was && `${was.name} ${was.mode} ${was.sha}`,
          is && `${is.name} ${is.mode} ${is.sha}`,
        ]);

        const names = new Set([...before, ...after].map(({ name }) => name));
        const expected = [...names]
          .map((name) => [before, after].map((side) => show(side.find((entry) => entry.name === name))))
          .filter(([was, is]) => was !== is);
        expect(new Set(said.map(String))).toEqual(new Set(expected.map(String)));
        expect(said).toHaveLength(expected.length);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['cut in an id', Buffer.from(`100644 a${'\0'}123`)],
    ['without an end', Buffer.from('100644 a')],
    ['without a mode', Buffer.from('a\0aaaaaaaaaaaaaaaaaaaaaaaaaaaa')],
  ])('refuses a tree that is %s', (_, bytes) => {
    expect(() => changedEntries(bytes, Buffer.alloc(0))).toThrow('odd-tree');
    expect(() => changedEntries(bytes, bytes)).toThrow('odd-tree');
  });
});

describe('A tree that no git has made', () => {
  it.each(['', '.', '..', 'a/b', '/'])('is not read where an entry is called “%s”', (name) => {
    expect(() => readTree(treeOf([{ name, folder: false, id: 1 }]))).toThrow(Unsuited);
  });
});

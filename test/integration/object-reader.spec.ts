import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Unsuited } from '../../src/git/libgit2/unsuited.error.js';
import { ObjectReader } from '../../src/git/objects/object.reader.js';
import { GitRepository } from '../support/git-repository.js';

const LIMITS = { maxBytes: 256 * 1024, maxMs: 60_000 };
const RUNS = 80;

/** Commits, trees, a tag, and a file that grows, which packs store as deltas. */
function fill(repository: GitRepository): void {
  for (let version = 1; version <= 12; version += 1) {
    const lines = Array.from({ length: version * 20 }, (_, line) => `line ${line} of a text that stays\n`);
    repository.commitFiles(`version ${version}`, {
      'grows.txt': lines.join(''),
      [`dir/${version}.txt`]: `${version}`,
    });
  }
  repository.git(['tag', '--annotate', '--message=one', 'v1']);
}

describe('An object reader', () => {
  let repository: GitRepository;

  beforeEach(() => {
    repository = new GitRepository();
    fill(repository);
  });

  afterEach(() => repository.remove());

  const objects = () => join(repository.path, '.git/objects');
  const inPacks = (ending: string) =>
    readdirSync(join(objects(), 'pack'))
      .filter((name) => name.endsWith(ending))
      .map((name) => join(objects(), 'pack', name));
  const ids = () =>
    repository
      .git(['cat-file', '--batch-all-objects', '--batch-check=%(objectname) %(objecttype)'])
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [sha: string, type: string]);
  const gitsOwn = (sha: string, type: string) =>
    execFileSync('git', ['cat-file', type, sha], { cwd: repository.path }).toString('latin1');
  const expected = () => ids().map(([sha, type]) => ({ sha, type, data: gitsOwn(sha, type) }));

  function reading<T>(use: (reader: ObjectReader) => T, limits = LIMITS): T {
    const reader = new ObjectReader(objects(), limits);
    try {
      return use(reader);
    } finally {
      reader.close();
    }
  }

  const readAll = () =>
    reading((reader) =>
      ids().map(([sha]) => {
        const { type, data } = reader.read(sha);
        return { sha, type, data: data.toString('latin1') };
      }),
    );
  const deltas = () => {
    const [index = ''] = inPacks('.idx');
    return (repository.git(['verify-pack', '-v', index]).match(/ [1-9]\d* [0-9a-f]{40}$/gm) ?? []).length;
  };

  it.each(['zz'.repeat(20), `ab../../${'c'.repeat(32)}`, 'ab', ''])(
    'leaves “%s”, which is no id, to others',
    (sha) => {
      for (const packed of [false, true]) {
        if (packed) repository.git(['gc', '--quiet']);
        expect(() => reading((reader) => reader.read(sha))).toThrow(Unsuited);
      }
    },
  );

  it('reads loose objects as git does', () => {
    expect(readAll()).toEqual(expected());
  });

  it.each([
    ['by its distance', 'true'],
    ['by its id', 'false'],
  ])('reads packed ones, also where a delta names its base %s', (_, byDistance) => {
    repository.git(['-c', `repack.useDeltaBaseOffset=${byDistance}`, 'repack', '-a', '-d', '-f', '-q']);

    expect(deltas()).toBeGreaterThan(10);
    expect(readAll()).toEqual(expected());
  });

  it('reads from several packs and beside them', () => {
    repository.git(['repack', '-d', '-q']);
    repository.commitFiles('more', { 'a.txt': 'a' });
    repository.git(['repack', '-d', '-q']);
    repository.commitFiles('loose', { 'b.txt': 'b' });

    expect(inPacks('.pack')).toHaveLength(2);
    expect(readAll()).toEqual(expected());
  });

  it.each([
    ['is too large', { maxBytes: 40 }],
    ['cannot be read in time', { maxMs: -1 }],
  ])('leaves to others what %s, loose and packed', (_, limits) => {
    const read = () => reading((reader) => reader.read(repository.head()), { ...LIMITS, ...limits });

    expect(read).toThrow(Unsuited);
    repository.git(['repack', '-a', '-d', '-q']);
    expect(read).toThrow(Unsuited);
  });

  it('leaves to others what is not there', () => {
    expect(() => reading((reader) => reader.read('1'.repeat(40)))).toThrow(Unsuited);
  });

  it('follows no link to a pack', () => {
    const head = repository.head();
    repository.git(['repack', '-a', '-d', '-q']);
    const elsewhere = join(repository.root, 'elsewhere');
    mkdirSync(elsewhere);
    for (const path of [...inPacks('.pack'), ...inPacks('.idx')]) {
      const target = join(elsewhere, path.split('/').at(-1) ?? '');
      renameSync(path, target);
      symlinkSync(target, path);
    }

    expect(repository.git(['cat-file', '-t', head]).trim()).toBe('commit');
    expect(() => reading((reader) => reader.read(head))).toThrow(Unsuited);
  });

  it('leaves to others a delta at the end of a pack, where the id of its base is cut off', () => {
    repository.git(['repack', '-a', '-d', '-f', '-q']);
    const [sha = ''] = ids()[0] ?? [];
    const [packPath = '', indexPath = ''] = [...inPacks('.pack'), ...inPacks('.idx')];
    const [pack, index] = [readFileSync(packPath), readFileSync(indexPath)];
    pack.writeUInt8(0x70, pack.length - 1);
    const count = ids().length;
    for (let entry = 0; entry < count; entry += 1)
      index.writeUInt32BE(pack.length - 1, 8 + 1_024 + count * 24 + entry * 4);
    for (const [path, bytes] of [
      [packPath, pack],
      [indexPath, index],
    ] as const) {
      writeFileSync(`${path}.new`, bytes);
      renameSync(`${path}.new`, path);
    }

    expect(() => reading((reader) => reader.read(sha))).toThrow(Unsuited);
  });

  it.each(['.pack', '.idx'])('says the truth of a damaged %s file, or nothing', (ending) => {
    repository.git(['repack', '-a', '-d', '-f', '-q']);
    const sound = new Map(expected().map(({ sha, type, data }) => [sha, `${type} ${data}`]));
    const [path = ''] = inPacks(ending);
    const bytes = readFileSync(path);
    const change = fc.record({ at: fc.nat(bytes.length - 1), to: fc.nat(255), cut: fc.boolean() });

    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        let damaged = Buffer.from(bytes);
        for (const { at, to, cut } of changes) {
          if (cut && changes.length === 1) damaged = damaged.subarray(0, at);
          else damaged[at] = to;
        }
        writeFileSync(`${path}.new`, damaged);
        renameSync(`${path}.new`, path);
        for (const [sha, content] of sound) {
          const said = saidOf(sha);
          expect([content, undefined]).toContain(said);
        }
      }),
      { numRuns: RUNS },
    );
  });

  function saidOf(sha: string): string | undefined {
    try {
      return reading((reader) => {
        const { type, data } = reader.read(sha);
        return `${type} ${data.toString('latin1')}`;
      });
    } catch (error) {
      if (error instanceof Unsuited) return undefined;
      throw error;
    }
  }
});

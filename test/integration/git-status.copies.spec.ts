import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitConfig } from '../../src/config/sections/index.js';
import { systemClock } from '../../src/shared/clock.js';
import { ServerError } from '../../src/shared/errors/index.js';
import { GitRepository } from '../support/git-repository.js';
import { repositoryAt } from '../support/repository-at.js';
import { GitReadsHarness } from './git-reads.harness.js';
import { FOLDERS, NAMES, perform, step } from './work-tree.steps.js';

const { signal } = new AbortController();
const RUNS = Number(process.env['DIFFERENTIAL_RUNS'] ?? 6);
/** An index counts as settled a moment after it was written; this clock is past that moment. */
const LATER = { ...systemClock, nowMs: () => Date.now() + 150 };
const LONG_AGO = new Date('2020-01-01');

describe('git_status from a copy of the index', () => {
  let repo: GitRepository;
  let harness: GitReadsHarness;
  let plain: GitReadsHarness;

  beforeEach(async () => {
    repo = new GitRepository();
    for (const at of FOLDERS.slice(0, 4)) for (const name of NAMES) repo.write(at + name, '1\n');
    repo.git(['add', '--all']);
    repo.commit('first');
    harness = new GitReadsHarness(new GitConfig(), LATER);
    plain = new GitReadsHarness();
    // Without copies from now on.
    await plain.copies.onApplicationShutdown();
  });

  afterEach(async () => {
    await harness.close();
    await plain.close();
    repo.remove();
  });

  const here = () => repositoryAt(repo.path);
  const fromCopy = () => harness.reads.status(here(), signal);
  const lend = (asker: AbortSignal) => harness.copies.lend(here(), asker, () => Promise.resolve());
  const fromGit = () => plain.reads.status(here(), signal);

  it('answers as git does after whatever happens to the work tree', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 20 }), async (steps) => {
        for (const one of steps) {
          perform(repo, one);
          // Without a copy, the one that makes it, and one that relies on what was noted in it.
          for (let time = 0; time < 3; time += 1) {
            const [answer, truth] = [await fromCopy(), await fromGit()];
            expect(answer).toEqual(truth);
          }
        }
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 120_000);

  it('leaves the index of the repository and its folder alone, and nothing behind', async () => {
    repo.write('untracked.txt', 'x').write('a/one.txt', '2\n');
    const before = [readFileSync(repo.file('.git/index')), readdirSync(repo.file('.git'))];
    for (let time = 0; time < 3; time += 1) await fromCopy();
    expect(copies()).toHaveLength(1);
    expect([readFileSync(repo.file('.git/index')), readdirSync(repo.file('.git'))]).toEqual(before);
    await harness.close();
    expect(ownFolders()).toEqual([]);
  });

  it('notes in the copy what the next call need not read again', async () => {
    for (let time = 0; time < 3; time += 1) await fromCopy();
    const [folder = ''] = ownFolders();
    const [copy = ''] = copies();
    expect(readFileSync(join(tmpdir(), folder, copy)).includes('UNTR')).toBe(true);
  });

  it.each([
    ['an empty folder', () => mkdirSync(repo.file('new/deep'), { recursive: true })],
    ['a folder of ignored files', () => repo.write('.gitignore', '*.log\n').write('new/deep/x.log', '1\n')],
  ])('sees %s become a repository of its own, and be none again', async (_, make) => {
    make();
    const settle = async () => {
      // git relies on what it noted only of folders that were left alone for a while.
      for (const folder of ['new/deep', 'new', '']) utimesSync(repo.file(folder), LONG_AGO, LONG_AGO);
      for (let time = 0; time < 4; time += 1) await fromCopy();
    };

    await settle();
    repo.git(['init', '--quiet', 'new/deep']);
    expect(await fromCopy()).toEqual(await fromGit());

    await settle();
    rmSync(repo.file('new/deep/.git'), { recursive: true });
    expect(await fromCopy()).toEqual(await fromGit());
  });

  it.each<[string, () => unknown]>([
    ['is empty by now', () => rmSync(repo.file('new/two.txt'))],
    ['holds nothing but an empty folder by now', () => rmSync(repo.file('new/deep/one.txt'))],
    ['holds nothing but what is ignored by now', () => repo.write('new/.gitignore', '*\n')],
    ['holds nothing but what is ignored deeper by now', () => repo.write('new/deep/.gitignore', '*\n')],
  ])('sees that an untracked folder %s', async (what, change) => {
    const isDeep = /deep|folder/.test(what);
    repo.write(isDeep ? 'new/deep/one.txt' : 'new/two.txt', '1\n');
    if (what.includes('ignored')) repo.write(`new/${isDeep ? 'deep/' : ''}.gitignore`, '.gitignore\n');
    // git relies on what it noted only of folders that were left alone for a while.
    for (const folder of isDeep ? ['new/deep', 'new', ''] : ['new', ''])
      utimesSync(repo.file(folder), LONG_AGO, LONG_AGO);
    for (let time = 0; time < 4; time += 1) await fromCopy();

    change();

    const [answer, truth] = [await fromCopy(), await fromGit()];
    expect(answer).toEqual(truth);
    expect(answer.entries).toEqual([]);
  });

  it('is given up, and not made again, where there are more folders than can be looked at each time', async () => {
    repo.write('.gitignore', '*.log\n');
    for (let at = 0; at < 1_100; at += 1) mkdirSync(repo.file(`empty/${at}`), { recursive: true });
    for (let time = 0; time < 3; time += 1) await fromCopy();
    expect(copies()).toEqual([]);

    const lent = await harness.copies.lend(here(), signal, (copy) => Promise.resolve(copy));

    expect([lent, copies()]).toEqual([undefined, []]);
  });

  it.each([
    ['was tidied away', (file: string) => rmSync(file)],
    ['was emptied', (file: string) => renameSync(emptyIndex(repo), file)],
  ])('asks without the copy where it %s', async (_, spoil) => {
    for (let time = 0; time < 2; time += 1) await fromCopy();
    const [folder = ''] = ownFolders();
    const [copy = ''] = copies();
    spoil(join(tmpdir(), folder, copy));
    expect(await fromCopy()).toEqual(await fromGit());
  });

  it.each([
    ['a failure, and asks without it', 'operation_failed', [true, false]],
    ['what says nothing of the copy, and does not ask again', 'operation_timeout', [true]],
  ] as const)('is given up after %s', async (_, code, expected) => {
    for (let time = 0; time < 2; time += 1) await fromCopy();
    const asked: boolean[] = [];
    const ask = () =>
      harness.copies.lend(here(), signal, (copy) => {
        asked.push(copy !== undefined);
        return copy === undefined ? Promise.resolve('answer') : Promise.reject(new ServerError(code, 'No'));
      });

    const outcome = await ask().catch((error: unknown) => (error as ServerError).code);

    expect([asked, outcome]).toEqual([expected, code === 'operation_failed' ? 'answer' : code]);
    expect(copies()).toEqual([]);
  });

  it.each([
    ['one where two ask at once', [signal, signal], 1],
    ['none where who asked gives up while it is made', [AbortSignal.abort()], 0],
  ])('is %s', async (_, askers, expected) => {
    await lend(signal);

    await Promise.allSettled(askers.map(lend));

    expect(copies()).toHaveLength(expected);
  });

  it('runs no hook of a trusted repository for it', async () => {
    repo.write('.git/hooks/post-index-change', `#!/bin/sh\ntouch '${repo.root}/ran'\n`, 0o755);
    const trusted = repositoryAt(repo.path, { trust: 'trusted' });
    for (let time = 0; time < 3; time += 1) await harness.reads.status(trusted, signal);
    expect(copies()).toHaveLength(1);
    expect(readdirSync(repo.root)).not.toContain('ran');
  });
});

const ownFolders = () =>
  readdirSync(tmpdir()).filter((name) => new RegExp(`^mcp-git-server-index-\\d+-${process.pid}-`).test(name));

const copies = () => ownFolders().flatMap((name) => readdirSync(join(tmpdir(), name)));

function emptyIndex(repo: GitRepository): string {
  const file = join(repo.root, 'empty');
  repo.git(['read-tree', '--empty', `--index-output=${file}`]);
  return file;
}

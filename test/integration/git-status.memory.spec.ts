import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { traced } from '../../src/observability/operation-trace.js';
import { GitRepository } from '../support/git-repository.js';
import { repositoryAt } from '../support/repository-at.js';
import { GitReadsHarness } from './git-reads.harness.js';
import { FOLDERS, NAMES, perform, step } from './work-tree.steps.js';

const { signal } = new AbortController();
const RUNS = Number(process.env['DIFFERENTIAL_RUNS'] ?? 4);
/** Longer than a tick of any file system's clock is taken for. */
const SETTLED_MS = 120;
/** A copy of the index, notes in it, an answer; twice as many, for looks that came too early. */
const CALLS = 6;
/** Where there is a repository within, nothing is remembered from then on. */
const plainStep = step.filter(({ do: what }) => what !== 'nest');

describe('git_status that was answered before', () => {
  let repo: GitRepository;
  let harness: GitReadsHarness;
  let plain: GitReadsHarness;

  beforeEach(async () => {
    repo = new GitRepository();
    for (const at of FOLDERS.slice(0, 4)) for (const name of NAMES) repo.write(at + name, '1\n');
    repo.git(['add', '--all']);
    repo.commit('first');
    repo.commit('second');
    for (const name of ['upstream', 'other']) repo.git(['branch', name, 'HEAD~1']);
    repo.git(['branch', '--set-upstream-to=upstream', 'other']);
    repo.write('a/one.txt', '2\n').write('untracked.txt', '1\n').write('new/deep/one.txt', '1\n');
    repo.write('c/.gitignore', '*.tmp\n').write('c/x.tmp', '1\n').write('.git/info/exclude', '*.old\n');
    repo.write('c/x.old', '1\n').write('c/.gitattributes', '* -text\n').write('c/one.txt', '1\r\n');
    mkdirSync(repo.file('empty/within'), { recursive: true });
    harness = new GitReadsHarness();
    await harness.pool.probe(signal);
    plain = new GitReadsHarness();
    // Without copies, and so without memory.
    await plain.copies.onApplicationShutdown();
  });

  afterEach(async () => {
    await harness.close();
    await plain.close();
    repo.remove();
  });

  const here = () => repositoryAt(repo.path);
  const ask = () =>
    traced(async (trace) => {
      const answer = await harness.reads.status(here(), signal);
      return { answer, engine: trace.engine };
    });
  const fromGit = () => plain.reads.status(here(), signal);
  /** Who answered in the end. */
  const settle = async () => {
    await wait(SETTLED_MS);
    let engine = 'none';
    for (let call = 0; call < CALLS && engine !== 'libgit2'; call += 1) ({ engine } = await ask());
    return engine;
  };

  it('is answered by no git, for as long as nothing changes', async () => {
    expect(await settle()).toBe('libgit2');

    const [{ answer, engine }, truth] = [await ask(), await fromGit()];

    expect([answer, engine]).toEqual([truth, 'libgit2']);
  });

  it('is remembered still after a call for which no worker was free', async () => {
    await settle();

    const probing = harness.pool.probe(signal);
    const meanwhile = await ask();
    await probing;
    const afterwards = await ask();

    expect([meanwhile.engine, afterwards.engine]).toEqual(['git', 'libgit2']);
    expect(afterwards.answer).toEqual(meanwhile.answer);
  });

  it('is answered as git does whatever happens in between', async () => {
    let [asked, remembered] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(plainStep, { minLength: 6, maxLength: 12 }), async (steps) => {
        for (const one of steps) {
          asked += 1;
          perform(repo, one);
          expect((await ask()).answer).toEqual(await fromGit());
          if ((await settle()) === 'libgit2') remembered += 1;
          expect((await ask()).answer).toEqual(await fromGit());
        }
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    expect(remembered).toBeGreaterThan(asked / 2);
  }, 240_000);

  it.each<[string, () => unknown]>([
    [
      'a file of the same size and time',
      () => {
        repo.write('a/two.txt', '2\n');
        utimesSync(repo.file('a/two.txt'), new Date('2020-01-01'), new Date('2020-01-01'));
      },
    ],
    [
      'a file put in the place of another one',
      () => renameSync(repo.file('a/one.txt'), repo.file('a/two.txt')),
    ],
    ['a file that went', () => rmSync(repo.file('a/b/one.txt'))],
    ['a file made executable', () => perform(repo, { do: 'mode', path: 'a/two.txt', to: '' })],
    ['an untracked file in a folder of tracked ones', () => repo.write('a/b/new.txt', '1\n')],
    ['a file in a folder that was empty', () => repo.write('empty/within/one.txt', '1\n')],
    ['the last file of an untracked folder that went', () => rmSync(repo.file('new/deep/one.txt'))],
    [
      'a folder that became a link',
      () => {
        renameSync(repo.file('a/b'), repo.file('moved'));
        symlinkSync('../moved', repo.file('a/b'));
      },
    ],
    ['an untracked list of what is ignored', () => repo.write('c/.gitignore', '*.txt\n')],
    ['the exclude file', () => repo.write('.git/info/exclude', '*.txt\n')],
    ['an untracked file of attributes', () => repo.write('c/.gitattributes', '* text=auto\n')],
    ['a list of what is ignored that comes', () => repo.write('new/.gitignore', '*.txt\n')],
    [
      'an empty folder that became a repository',
      () => repo.git(['init', '--quiet', repo.file('empty/within')]),
    ],
    ['another commit of the branch', () => repo.git(['update-ref', 'refs/heads/main', 'HEAD~1'])],
    ['another branch', () => repo.git(['symbolic-ref', 'HEAD', 'refs/heads/other'])],
    ['a detached HEAD', () => repo.git(['update-ref', '--no-deref', 'HEAD', 'HEAD~1'])],
    ['packed refs', () => repo.git(['pack-refs', '--all'])],
    ['a setting', () => repo.git(['config', 'core.excludesFile', repo.file('c/.gitignore')])],
    ['a file that is staged', () => repo.git(['add', 'a/one.txt'])],
  ])('sees %s', async (_, change) => {
    expect(await settle()).toBe('libgit2');

    change();

    expect((await ask()).answer).toEqual(await fromGit());
  });

  it.each([
    ['moves', () => repo.git(['update-ref', 'refs/heads/upstream', 'main'])],
    ['goes', () => repo.git(['update-ref', '-d', 'refs/heads/upstream'])],
    [
      'is packed and moves',
      () => {
        repo.git(['pack-refs', '--all']);
        repo.git(['update-ref', 'refs/heads/upstream', 'main']);
      },
    ],
    ['is no branch alone any more', () => repo.git(['tag', 'upstream'])],
  ])('sees that the upstream %s', async (_, change) => {
    repo.git(['symbolic-ref', 'HEAD', 'refs/heads/other']);
    expect(await settle()).toBe('libgit2');

    change();

    expect((await ask()).answer).toEqual(await fromGit());
  });

  it.each<[string, () => unknown]>([
    ['a repository within', () => repo.git(['init', '--quiet', repo.file('within')])],
    ['a submodule', () => repo.git(['update-index', '--add', '--cacheinfo', `160000,${repo.head()},sub`])],
    ['a program for contents', () => repo.git(['config', 'filter.one.clean', 'cat'])],
    ['ignore rules that lie elsewhere', () => repo.git(['config', 'core.excludesFile', '/elsewhere'])],
    ['a list of what is ignored that is a link', () => symlinkSync('one.txt', repo.file('a/.gitignore'))],
    ['a file that was changed this moment', () => repo.write('a/two.txt', '3\n')],
  ])('is always asked of git where there is %s', async (what, make) => {
    make();
    await wait(what.includes('moment') ? 0 : SETTLED_MS);
    const engines = [];
    const isYoung = () => what.includes('moment') && make();
    for (let call = 0; call < CALLS; call += 1) {
      isYoung();
      engines.push((await ask()).engine);
    }

    expect(engines).not.toContain('libgit2');
  });

  it('leaves the repository alone', async () => {
    const before = readFileSync(repo.file('.git/index'));

    await settle();

    expect(readFileSync(repo.file('.git/index'))).toEqual(before);
  });
});

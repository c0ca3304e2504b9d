import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

const lines = (text: string) => text.split('\n').filter(Boolean);
const COMMITS = 20;
/** From this one on it is broken. */
const BROKEN_AT = 13;

/** How far back the parents of each commit are; some have two. */
const steps = fc.array(fc.record({ back: fc.nat(1), also: fc.option(fc.nat(4)) }), {
  minLength: 8,
  maxLength: 16,
});

/** @returns the newest commit, which is `main` */
function buildGraph(
  repo: GitRepository,
  made: readonly { readonly back: number; readonly also: number | null }[],
): string {
  const stream = made.map(({ back, also }, at) => {
    const parents = [at - 1 - back, ...(also === null ? [] : [at - 1 - also])].map((one) => Math.max(0, one));
    const known = at === 0 ? [] : [...new Set(parents)];
    const lines = known.map((parent, order) => `${order === 0 ? 'from' : 'merge'} :${parent + 1}\n`);
    return `commit refs/heads/main\nmark :${at + 1}\ncommitter Ada <a@x> ${1_700_000_000 + at} +0000\ndata 1\nx\n${lines.join('')}\n`;
  });
  execFileSync('git', ['fast-import', '--quiet', '--force'], {
    cwd: repo.path,
    input: stream.join(''),
    stdio: 'pipe',
  });
  return repo.revision('main');
}

/** Tries what is checked out, as whoever looks for the fault would. */
const verdictOn = (path: unknown) =>
  readFileSync(join(String(path), 'state'), 'utf8').startsWith('fine') ? 'good' : 'bad';

describe('git_bisect', () => {
  let repo: GitRepository;
  let bench: ToolBench;
  let commits: readonly string[];

  beforeAll(async () => {
    bench = await ToolBench.start();
  });

  beforeEach(() => {
    repo = new GitRepository({ root: bench.folder() });
    commits = Array.from({ length: COMMITS }, (_, at) =>
      repo.commitFiles(`commit ${at}`, { state: at < BROKEN_AT ? `fine ${at}\n` : `broken ${at}\n` }),
    );
  });

  afterAll(() => bench.close());

  const bisect = (args: object) => bench.call('git_bisect', { repo_path: repo.path, ...args });
  const start = async (args: object = {}) =>
    (await bisect({ action: 'start', good: [commits[0]], ...args })).structured;
  const worktrees = () =>
    lines(repo.git(['worktree', 'list', '--porcelain'])).filter((line) => line.startsWith('worktree'));
  it('finds the commit that git finds, and moves nothing of what is checked out elsewhere', async () => {
    repo.write('state', 'unfinished work\n');
    const head = repo.head();
    let state = await start();
    const path = state['path'];
    expect(path).toBe(`${repo.path}-bisect`);
    const plain = repo.clone();
    plain.git(['bisect', 'start', 'HEAD', commits[0] ?? '']);
    let rounds = 0;
    while (state['first_bad'] === null && rounds < COMMITS) {
      expect(state['current']).toBe(plain.head());
      const verdict = verdictOn(path);
      state = (await bisect({ action: verdict })).structured;
      plain.git(['bisect', verdict]);
      rounds += 1;
    }

    expect(state['first_bad']).toBe(commits[BROKEN_AT]);
    expect(state).toMatchObject({ current: null, remaining: 1 });
    expect(rounds).toBeLessThanOrEqual(5);
    expect([repo.head(), repo.read('state'), repo.currentBranch()]).toEqual([
      head,
      'unfinished work\n',
      'main',
    ]);
    const { text } = await bisect({ action: 'log' });
    expect(text).toContain(`${commits[BROKEN_AT]} is the first bad commit.`);
    await expect(bisect({ action: 'good' })).rejects.toMatchObject({ details: { reason: 'bisect-done' } });

    await bisect({ action: 'reset' });

    expect(existsSync(String(path))).toBe(false);
    expect(worktrees()).toHaveLength(1);
    expect(lines(repo.git(['for-each-ref', 'refs/bisect']))).toEqual([]);
    await expect(bisect({ action: 'log' })).rejects.toMatchObject({ details: { reason: 'no-bisect' } });
    repo.fsck();
  });

  it('goes on in another server, from the work tree as well', async () => {
    const { path, current } = await start({ path: join(repo.root, 'elsewhere'), bad: 'HEAD~1' });
    const another = await ToolBench.start((config) => {
      config.git.roots = [bench.root];
    });

    const { structured } = await another.call('git_bisect', { repo_path: path, action: 'log' });

    expect(structured).toMatchObject({ path, current, first_bad: null });
    expect((structured['steps'] as { verdict: string }[]).map(({ verdict }) => verdict)).toEqual([
      'bad',
      'good',
    ]);
    await another.call('git_bisect', { repo_path: path, action: verdictOn(path) });
    await another.call('git_bisect', { repo_path: path, action: 'reset' });
    expect(worktrees()).toHaveLength(1);
    await another.close();
  });

  it('tries the commits that git bisect tries, on generated histories with merges', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), async (made, which) => {
        const generated = new GitRepository({ root: bench.folder() });
        const bad = buildGraph(generated, made);
        const within = lines(generated.git(['rev-list', '--topo-order', bad]));
        const good = within.at(-1) ?? '';
        // Broken is what has this commit.
        const culprit = within[which % (within.length - 1)] ?? bad;
        const isBroken = (sha: string) =>
          lines(generated.git(['rev-list', sha])).includes(culprit) ? 'bad' : 'good';
        const call = (args: object) =>
          bench
            .call('git_bisect', { repo_path: generated.path, ...args })
            .then(({ structured }) => structured);
        const plain = (...args: string[]) => generated.git(['bisect', ...args]);

        plain('start', '--no-checkout', bad, good);
        let state = await call({ action: 'start', bad, good: [good] });
        while (state['current'] !== null) {
          const sha = String(state['current']);
          expect(generated.revision('BISECT_HEAD')).toBe(sha);
          state = await call({ action: isBroken(sha) });
          plain(isBroken(sha), sha);
          compared += 1;
        }

        expect(plain('log')).toContain(`# first bad commit: [${String(state['first_bad'])}]`);
      }),
      { numRuns: 6, interruptAfterTimeLimit: 60_000 },
    );
    expect(compared).toBeGreaterThan(8);
  }, 90_000);

  it('leaves what git bisect itself could go on with', async () => {
    const { path } = await start({ paths: ['state', "it's"] });
    await bisect({ action: 'good' });

    const git = (...args: string[]) => repo.git(['-C', String(path), ...args]);

    expect(git('bisect', 'log')).toContain(`# good: [${commits[9]}] commit 9`);
    expect(git('status')).toContain('You are currently bisecting');
    expect(git('bisect', 'bad')).toMatch(/revisions? left to test/);
    await bisect({ action: 'reset' });
  });

  it('says which commits are left where too many were skipped', async () => {
    let state = await start({ bad: commits[3] });
    for (let left = 0; left < 2; left += 1) state = (await bisect({ action: 'skip' })).structured;

    expect(state['first_bad']).toBeNull();
    expect((state['candidates'] as string[]).toSorted()).toEqual(
      [commits[1], commits[2], commits[3]].map(String).toSorted(),
    );
    await bisect({ action: 'reset' });
  });

  it('keeps what was made in the work tree, unless it may be lost', async () => {
    const { path } = await start();
    writeFileSync(join(String(path), 'notes'), 'mine\n');

    await expect(bisect({ action: 'reset' })).rejects.toMatchObject({ details: { reason: 'dirty' } });
    await expect(bisect({ action: 'reset', force: true })).rejects.toMatchObject({ code: 'forbidden' });
    expect(existsSync(join(String(path), 'notes'))).toBe(true);
    await bench.confirmed('git_bisect', { repo_path: repo.path, action: 'reset', force: true });

    expect(existsSync(String(path))).toBe(false);
  });

  it('leaves nothing behind where it cannot begin', async () => {
    await expect(start({ good: ['HEAD'] })).rejects.toMatchObject({ details: { reason: 'same-commit' } });
    await expect(bisect({ action: 'start' })).rejects.toMatchObject({ code: 'validation_failed' });
    await expect(start({ path: '/tmp/owned' })).rejects.toMatchObject({ code: 'path_not_allowed' });
    await expect(start({ good: ['nowhere'] })).rejects.toMatchObject({ code: 'revision_not_found' });
    await expect(start({ paths: ['nowhere'] })).rejects.toMatchObject({ details: { reason: 'no-commits' } });
    const wrongWayRound = start({ bad: commits[3], good: [commits[10]] });
    await expect(wrongWayRound).rejects.toMatchObject({ details: { reason: 'not-ancestors' } });

    expect(worktrees()).toHaveLength(1);
    const dry = await bisect({ action: 'start', bad: 'main', good: [commits[0]], dry_run: true });
    expect(dry.text).toContain('add worktree');
    expect(worktrees()).toHaveLength(1);
  });

  it('says so where what both have in common is bad already', async () => {
    repo.git(['checkout', '-q', '-b', 'mended', commits[15] ?? '']);
    const good = repo.commitFiles('mended', { state: 'fine again\n' });

    const { current } = await start({ bad: 'main', good: [good] });

    expect(current).toBe(commits[15]);
    await expect(bisect({ action: 'bad' })).rejects.toMatchObject({ details: { reason: 'fixed-between' } });
    await bisect({ action: 'reset' });
  });

  it('asks which one where several are going on', async () => {
    const one = await start();
    const two = await start();
    expect(two['path']).toBe(`${String(one['path'])}-2`);

    await expect(bisect({ action: 'log' })).rejects.toMatchObject({ details: { reason: 'several-bisects' } });
    expect((await bisect({ action: 'log', path: two['path'] })).structured).toMatchObject({
      path: two['path'],
    });
    for (const { path } of [one, two]) await bisect({ action: 'reset', path });
  });

  it('runs no hook and no filter of the repository', async () => {
    const canary = join(repo.root, 'canary');
    repo.commitFiles('attributes', { '.gitattributes': 'state filter=x\n' });
    repo.config('filter.x.smudge', `touch ${canary}; cat`);
    for (const hook of ['post-checkout', 'reference-transaction'])
      repo.write(`.git/hooks/${hook}`, `#!/bin/sh\ntouch ${canary}\n`, 0o755);
    await start();

    await bisect({ action: 'good' });
    await bisect({ action: 'reset' });

    expect(existsSync(canary)).toBe(false);
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Repository } from '../../src/git/repository.js';
import { StaleLocks } from '../../src/git/stale-locks.service.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';

const signal = new AbortController().signal;

describe('Clearing stale locks', () => {
  let repo: GitRepository;
  let services: GitServices;
  let here: Repository;
  let holder: ChildProcess | undefined;

  beforeEach(async () => {
    repo = new GitRepository();
    repo.commitFiles('one', { 'a.txt': '1\n' });
    services = await GitServices.start({ roots: [repo.root] });
    here = await services.locator.locate(repo.path, signal);
  });

  afterEach(async () => {
    holder?.kill('SIGKILL');
    holder = undefined;
    await services.close();
    repo.remove();
  });

  const lock = (ageMs: number) => lockAt('.git/index.lock', ageMs);

  function lockAt(name: string, ageMs: number): string {
    repo.write(name, '');
    const made = new Date(Date.now() - ageMs);
    utimesSync(repo.file(name), made, made);
    return repo.file(name);
  }

  const clear = () => services.get(StaleLocks).clear(here, signal);

  it('removes one that is old and that nobody holds, with the proof', async () => {
    const path = lock(60_000);

    expect(await clear()).toMatchObject([
      { name: 'index.lock', stale: true, proof: expect.stringContaining('no process') },
    ]);
    expect(existsSync(path)).toBe(false);
  });

  it.each<[string, (path: string) => ChildProcess, RegExp]>([
    [
      'that a process has open',
      (path) => spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', openSync(path, 'a')] }),
      /in use by .*sleep \(process \d+\)/,
    ],
    [
      'where a git works in the repository',
      () => spawn('git', ['cat-file', '--batch'], { cwd: repo.path, stdio: ['pipe', 'ignore', 'ignore'] }),
      /in use by .*git \(process \d+\)/,
    ],
  ])('refuses one %s, and names who', async (_, hold, proof) => {
    const path = lock(60_000);
    holder = hold(path);
    await expect
      .poll(async () => (await services.get(StaleLocks).find(here))[0]?.proof, { timeout: 10_000 })
      .toMatch(proof);

    await expect(clear()).rejects.toMatchObject({
      code: 'operation_failed',
      details: { locks: [{ name: 'index.lock', proof: expect.stringMatching(proof) }] },
    });
    expect(existsSync(path)).toBe(true);
  });

  it('leaves alone a young one of the same name, of another work tree', async () => {
    repo.git(['worktree', 'add', '--quiet', join(repo.root, 'linked')]);
    const linked = await services.locator.locate(join(repo.root, 'linked'), signal);
    const young = lock(0);
    const old = lockAt('.git/worktrees/linked/index.lock', 60_000);

    const removed = await services.get(StaleLocks).clear(linked, signal);

    expect(removed).toHaveLength(1);
    expect([existsSync(young), existsSync(old)]).toEqual([true, false]);
  });

  it('refuses one that has only just been made', async () => {
    const path = lock(0);

    await expect(clear()).rejects.toMatchObject({
      details: { locks: [{ proof: expect.stringContaining('only') }] },
    });
    expect(existsSync(path)).toBe(true);
  });

  it('waits for whoever writes', async () => {
    lock(60_000);
    const release = await services.locks.acquire(
      here,
      { sessionId: 's', requestId: 'r', tool: 'git_add' },
      signal,
    );
    const clearing = clear();

    release();

    expect(await clearing).toHaveLength(1);
  });
});

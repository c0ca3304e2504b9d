import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { GitConfig } from '../../src/config/sections/index.js';
import { Libgit2WorkerPool } from '../../src/git/libgit2-worker.pool.js';
import { ResourceLedger } from '../../src/resources/resource.ledger.js';
import { systemClock } from '../../src/shared/clock.js';
import { GitRepository } from '../support/git-repository.js';
import { repositoryAt } from '../support/repository-at.js';

const signal = new AbortController().signal;

interface ProcessState {
  readonly parent: number;
  readonly command: string;
}

/** `null` for a process that is no more, or that only waits to be reaped. */
function stateOf(pid: number): ProcessState | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return state === 'Z' ? null : { parent: Number(parent), command };
  } catch {
    return null;
  }
}

/** The worker processes that this process, or another one, has started. */
function workersOf(parent = process.pid): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const state = stateOf(pid);
      return state?.parent === parent && state.command.includes('worker.main.js');
    });
}

describe('The pool of libgit2 workers', () => {
  let repo: GitRepository;
  let head: string;
  let pool: Libgit2WorkerPool;
  let resources: ResourceLedger;

  beforeAll(() => {
    Logger.overrideLogger(false);
    repo = new GitRepository();
    head = repo.commitFiles('one', { 'a.txt': 'a\n' });
  });
  afterAll(() => {
    repo.remove();
    Logger.overrideLogger(['error', 'warn']);
  });
  beforeEach(() => start({}));
  afterEach(async () => pool.onApplicationShutdown());

  function start(changes: Partial<GitConfig>): void {
    resources = new ResourceLedger(systemClock);
    pool = new Libgit2WorkerPool(Object.assign(new GitConfig(), changes), resources);
  }

  function ask(given: AbortSignal = signal) {
    return pool.run('log', repositoryAt(repo.path), { sha: head, maxCount: 1 }, given);
  }

  /** A worker that is loaded, and then held so that whatever it is given next does not end. */
  async function heldWorker(): Promise<number> {
    await ask();
    const [pid = 0] = workersOf();
    process.kill(pid, 'SIGSTOP');
    return pid;
  }

  it('answers by a real libgit2 operation', async () => {
    const reply = await ask();

    expect(reply).toMatchObject({ answer: [{ sha: head, message: 'one\n' }] });
    await expect(pool.probe(signal)).resolves.toBeUndefined();
  });

  it('shows among the resources which repositories its workers have open', async () => {
    expect(resources.all().filter(({ type }) => type === 'repository-handle')).toEqual([]);

    await ask();

    const [handle, ...others] = resources.all().filter(({ type }) => type === 'repository-handle');
    expect(others).toEqual([]);
    expect(handle).toMatchObject({ owner: 'git' });
    expect(handle?.ageMs).toBeGreaterThanOrEqual(0);
  });

  it('fails only the operation whose worker crashes, and answers the next one with a new worker', async () => {
    const pid = await heldWorker();
    const doomed = ask();
    const beside = ask();
    process.kill(pid, 'SIGSEGV');
    process.kill(pid, 'SIGCONT');

    await expect(doomed).rejects.toMatchObject({ code: 'temporary_resource_unavailable', recoverable: true });
    await expect(beside).resolves.toHaveProperty('answer');
    await expect(ask()).resolves.toHaveProperty('answer');
    expect(workersOf()).not.toContain(pid);
    expect(pool.stats().restarts).toBe(1);
  });

  it('ends a worker at the deadline of its operation', async () => {
    await pool.onApplicationShutdown();
    start({ timeout: 1_500 });
    const pid = await heldWorker();

    await expect(ask()).rejects.toMatchObject({ code: 'operation_timeout' });

    await vi.waitUntil(() => !workersOf().includes(pid));
    await expect(ask()).resolves.toHaveProperty('answer');
  });

  it('ends a worker when its caller gives up, and leaves no listener on the caller', async () => {
    const pid = await heldWorker();
    const caller = new AbortController();
    const given = ask(caller.signal);
    caller.abort();

    await expect(given).rejects.toMatchObject({ code: 'operation_cancelled' });

    await vi.waitUntil(() => !workersOf().includes(pid));
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
  });

  it('takes turns between repositories, whoever has more to ask', async () => {
    await pool.onApplicationShutdown();
    start({ workers: { max: 1, maxMemoryBytes: 2 ** 29 } });
    const other = new GitRepository();
    const tip = other.commitFiles('other', { 'b.txt': 'b\n' });
    const order: string[] = [];
    const pid = await heldWorker();
    const many = Array.from({ length: 4 }, () => ask().then(() => order.push('many')));

    const few = pool
      .run('log', repositoryAt(other.path), { sha: tip, maxCount: 1 }, signal)
      .then(() => order.push('few'));
    process.kill(pid, 'SIGCONT');
    await Promise.all([...many, few]);

    // One of the many runs, and one is ahead in the line.
    expect(order).toEqual(['many', 'many', 'few', 'many', 'many']);
    other.remove();
  });

  it('lets what waits give up without a worker having to end', async () => {
    await pool.onApplicationShutdown();
    start({ workers: { max: 1, maxMemoryBytes: 2 ** 29 } });
    const pid = await heldWorker();
    const first = ask();
    const caller = new AbortController();
    const waiting = ask(caller.signal);
    expect(pool.stats()).toMatchObject({ workers: 1, busy: 1, queued: 1 });
    caller.abort();

    await expect(waiting).rejects.toMatchObject({ code: 'operation_cancelled' });

    process.kill(pid, 'SIGCONT');
    await expect(first).resolves.toHaveProperty('answer');
    expect(pool.stats()).toMatchObject({ queued: 0, restarts: 0 });
  });

  it('runs nothing for a caller who has given up before', async () => {
    await expect(ask(AbortSignal.abort())).rejects.toMatchObject({ code: 'operation_cancelled' });

    expect(pool.stats()).toMatchObject({ busy: 0, queued: 0 });
  });

  it('never starts more workers than it may', async () => {
    await Promise.all(Array.from({ length: 20 }, () => ask(new AbortController().signal)));

    expect(workersOf().length).toBeLessThanOrEqual(new GitConfig().workers.max);
    expect(pool.stats()).toMatchObject({ busy: 0, queued: 0, restarts: 0 });
  });

  it('replaces a worker that has grown over its limit, after its operation', async () => {
    await ask();
    const [pid = 0] = workersOf();
    const [, resident = 0, shared = 0] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ').map(Number);
    await pool.onApplicationShutdown();
    // Over it, but not by so much that the worker would be ended in mid-operation.
    start({ workers: { max: 1, maxMemoryBytes: Math.round((resident - shared) * 4_096 * 0.75) } });

    // A worker looks at what it takes after each longer operation, and after every sixteenth short one.
    for (let asked = 0; asked < 40 && pool.stats().restarts < 2; asked += 1)
      await expect(ask()).resolves.toHaveProperty('answer');

    expect(pool.stats().restarts).toBe(2);
  });

  it("gives its workers an environment of their own and nothing of the server's", async () => {
    vi.stubEnv('GIT_DIR', '/elsewhere');
    vi.stubEnv('A_SECRET', 'hidden');
    await ask();
    vi.unstubAllEnvs();

    const environment = readFileSync(`/proc/${workersOf()[0]}/environ`, 'utf8').split('\0');
    const names = environment.map((entry) => entry.split('=')[0]).filter(Boolean);

    const own = ['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_NOSYSTEM', 'HOME', 'LC_ALL', 'PATH'];
    const ofTheChannel = ['NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE'];
    expect(names.toSorted()).toEqual([...own, ...ofTheChannel].toSorted());
  });

  it('ends all workers at shutdown and fails what they were doing', async () => {
    await heldWorker();
    const failure = ask().catch((error: unknown) => error);
    await pool.onApplicationShutdown();

    expect(await failure).toMatchObject({ code: 'server_draining' });
    expect(workersOf()).toEqual([]);
    await expect(ask()).rejects.toMatchObject({ code: 'server_draining' });
  });

  it('says that git is to be asked where no worker can be started', async () => {
    await pool.onApplicationShutdown();
    start({});
    const killer = setInterval(() => workersOf().forEach((pid) => process.kill(pid, 'SIGKILL')), 5);
    try {
      const reply = await ask();
      expect(reply).toEqual({ unsuited: 'no-worker' });
    } finally {
      clearInterval(killer);
    }
  });

  it('leaves no worker behind when the server is killed', async () => {
    const dist = join(import.meta.dirname, '../../dist');
    const script = `
      await import('reflect-metadata');
      const { GitConfig } = await import('${dist}/config/sections/index.js');
      const { ResourceLedger } = await import('${dist}/resources/resource.ledger.js');
      const { systemClock } = await import('${dist}/shared/clock.js');
      const { Libgit2WorkerPool } = await import('${dist}/git/libgit2-worker.pool.js');
      const pool = new Libgit2WorkerPool(new GitConfig(), new ResourceLedger(systemClock));
      await pool.probe(new AbortController().signal);
      console.log('ready');`;
    const server = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(server.stdout, 'data');
    const workers = workersOf(server.pid);
    expect(workers).toHaveLength(1);

    server.kill('SIGKILL');

    await vi.waitUntil(() => workers.every((pid) => stateOf(pid) === null), { timeout: 10_000 });
  });
});

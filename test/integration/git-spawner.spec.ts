import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type GitConfig } from '../../src/config/sections/index.js';
import { runProcess } from '../../src/git/cli/run-process.js';
import { type Repository } from '../../src/git/repository.js';
import { LANES } from '../../src/git/spawner/spawner.protocol.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';
import { isAlive } from '../support/server-process.js';

const { signal } = new AbortController();

describe('The process that starts git', () => {
  let repo: GitRepository;
  let services: GitServices;
  let here: Repository;

  beforeEach(() => {
    repo = new GitRepository();
  });

  afterEach(async () => {
    await services.close();
    repo.remove();
  });

  async function start(config?: (git: GitConfig) => void): Promise<number> {
    services = await GitServices.start({ roots: [repo.root], ...(config && { config }) });
    await services.spawner.begin();
    here = await services.locator.locate(repo.path, signal);
    return services.spawner.pid ?? 0;
  }

  /** Answers configuration as git does; for everything else it says who started it, and waits to be ended. */
  function waitingGit(): string {
    const script = `#!/bin/sh
case " $* " in *" config "*) exit 0;; esac
echo $$ $PPID > "${repo.root}/pids.new"; mv "${repo.root}/pids.new" "${repo.root}/pids"
while :; do sleep 0.05; done
`;
    repo.write('../waiting-git', script, 0o755);
    return join(repo.root, 'waiting-git');
  }

  const pids = () => readFileSync(join(repo.root, 'pids'), 'utf8').trim().split(' ').map(Number);
  const started = () => vi.waitFor(() => expect(pids()).toHaveLength(2), { timeout: 10_000 });

  it('can be ended where it could not be started', async () => {
    const { execPath } = process;
    process.execPath = join(repo.root, 'no-such-node');
    try {
      expect(await start()).toBe(0);
    } finally {
      process.execPath = execPath;
    }

    await expect(services.close()).resolves.toBeUndefined();
  });

  it('is the parent of what reads, in a group of its own', async () => {
    const spawner = await start((git) => Object.assign(git, { binary: waitingGit() }));
    const caller = new AbortController();
    const run = services.cli.run(here, { name: 'status' }, caller.signal);
    await started();
    const [git = 0, parent] = pids();
    expect(parent).toBe(spawner);
    expect(readFileSync(`/proc/${git}/stat`, 'utf8').split(') ')[1]?.split(' ')[2]).toBe(String(git));
    caller.abort();
    await expect(run).rejects.toMatchObject({ code: 'operation_cancelled' });
    expect(isAlive(git)).toBe(false);
  });

  it('tells what was done before its caller gave up, though its end is still on its way', async () => {
    await start();
    const told: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      const file = join(repo.root, `done${round}`);
      const caller = new AbortController();
      const command = { program: 'touch', args: [file], cwd: repo.root, env: { base: process.env, own: {} } };
      const child = services.spawner.start({ ...command, input: false }, false);
      const limits = { maxOutputBytes: 1_000, endAtCap: false, graceMs: 500 };
      const run = runProcess(() => child, limits, caller.signal).then(
        () => true,
        () => false,
      );
      await child.started;
      setTimeout(() => caller.abort(new Error('given up')), 10);
      // As with a large answer: timers come before what the spawner has said.
      for (const begun = performance.now(); performance.now() - begun < 30;);
      told.push(`${await run}, done: ${existsSync(file)}`);
    }

    expect(told.filter((one) => one === 'false, done: true')).toEqual([]);
    expect(told).toContain('true, done: true');
  });

  it('tells large input and output apart, of more at once than it has pipes for', async () => {
    await start();
    const blobs = Array.from({ length: LANES + 4 }, (_, index) => `${index}`.repeat(200_000));
    for (const [index, blob] of blobs.entries()) repo.write(`blob${index}`, blob);
    repo.git(['add', '--all']);
    const answers = await Promise.all(
      blobs.map((_, index) => {
        const command = { name: 'cat-file', options: ['--batch'], stdin: `:blob${index}\n`.repeat(2) };
        return services.cli.run(here, command, new AbortController().signal, { maxOutputBytes: 2 ** 23 });
      }),
    );
    for (const [index, { stdout }] of answers.entries()) {
      const lines = stdout.split('\n');
      expect([lines[1], lines[3]]).toEqual([blobs[index], blobs[index]]);
    }
  });

  it('keeps what outlives one process out of the output of the next ones', async () => {
    const script = `#!/bin/sh
case " $* " in
  *" config "*) exit 0;;
  *" status "*) (while :; do echo late; echo late >&2; done) & exit 0;;
  *) echo own;;
esac
`;
    repo.write('../chatty-git', script, 0o755);
    await start((git) => Object.assign(git, { binary: join(repo.root, 'chatty-git') }));
    for (let round = 0; round < 2 * LANES; round += 1) {
      await services.cli.run(here, { name: 'status' }, signal);
      const next = await services.cli.run(here, { name: 'version' }, signal);
      expect([next.stdout, next.stderr]).toEqual(['own\n', '']);
    }
  });

  it('has pipes to use again after output that was cut', async () => {
    await start();
    repo.write('large', 'much of it\n'.repeat(500_000));
    repo.git(['add', '--all']);
    const command = { name: 'cat-file', options: ['--batch'], stdin: ':large\n' };
    for (let round = 0; round < 2 * LANES; round += 1) {
      const cut = await services.cli.run(here, command, signal, { maxOutputBytes: 1_000 });
      expect([cut.stdout.length, cut.truncated]).toEqual([1_000, true]);
      expect((await services.cli.run(here, { name: 'version' }, signal)).stdout).toMatch(/^git version /);
    }
  });

  it('is replaced when it dies; what it had started is ended and reported', async () => {
    const spawner = await start((git) => Object.assign(git, { binary: waitingGit(), killGrace: 50 }));
    const run = services.cli.run(here, { name: 'status' }, signal);
    const failed = run.catch((error: unknown) => error);
    await started();
    const [git = 0] = pids();
    process.kill(spawner, 'SIGKILL');
    expect(await failed).toMatchObject({
      code: 'temporary_resource_unavailable',
      details: { reason: 'killed' },
    });
    expect(isAlive(git)).toBe(false);
    await vi.waitFor(() => expect(services.spawner.ready).toBe(true), { timeout: 10_000 });
    expect(services.spawner.pid).not.toBe(spawner);
  });

  it('is not waited for: git is started without it', async () => {
    const spawner = await start();
    process.kill(spawner, 'SIGKILL');
    // Whoever was about to be served by it may see it end.
    await services.cli.run(here, { name: 'version' }, signal).catch(() => undefined);
    const again = await services.cli.run(here, { name: 'version' }, signal);
    expect(again.exitCode).toBe(0);
  });

  it('ends with the server, and nothing that it started is left', async () => {
    const spawner = await start((git) => Object.assign(git, { binary: waitingGit(), killGrace: 50 }));
    const run = services.cli.run(here, { name: 'status' }, signal);
    const failed = run.catch((error: unknown) => error);
    await started();
    const [git = 0] = pids();
    await services.close();
    expect(await failed).toMatchObject({
      code: 'temporary_resource_unavailable',
      details: { reason: 'killed' },
    });
    expect([spawner, git].filter(isAlive)).toEqual([]);
  });
});

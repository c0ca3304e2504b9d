import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { getPriority } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type GitConfig } from '../../src/config/sections/index.js';
import { type Environment } from '../../src/config/environment.js';
import { type Repository } from '../../src/git/repository.js';
import { ServerError } from '../../src/shared/errors/index.js';
import { GitRepository } from '../support/git-repository.js';
import { type GitServices } from '../support/git-services.js';
import { fakeGitIn, PLACES, startGit } from './git-cli.harness.js';

const signal = new AbortController().signal;

describe.each(PLACES)('A process of git %s', (place) => {
  let repo: GitRepository;
  let services: GitServices | undefined;
  let here: Repository;

  beforeEach(() => {
    repo = new GitRepository();
  });

  afterEach(async () => {
    await services?.close();
    repo.remove();
  });

  async function start(config?: (git: GitConfig) => void, environment?: Environment): Promise<GitServices> {
    const started = await startGit(place, repo, config, environment);
    ({ services, here } = started);
    return started.services;
  }

  const fakeGit = (script: string) => fakeGitIn(repo, script);

  /** Runs until its caller gives up. @returns its process id, which it is to write, and that end */
  async function longRun(name: string): Promise<{ pid: number; end: () => Promise<unknown> }> {
    const caller = new AbortController();
    const run = services?.cli.run(here, { name }, caller.signal).catch(() => undefined);
    const written = () => readFileSync(join(repo.root, `pid-of-${name}`), 'utf8');
    await vi.waitFor(() => expect(written()).toMatch(/^\d+\n$/), { timeout: 10_000 });
    return { pid: Number(written()), end: () => (caller.abort(), Promise.resolve(run)) };
  }

  describe('the processor', () => {
    it('is left to others by a read that takes long, and not by a write, for which others wait', async () => {
      const script = `for word; do case $word in status|gc) name=$word;; esac; done
echo $$ > "${repo.root}/pid-of-$name"
while :; do sleep 0.05; done`;
      await start((git) => Object.assign(git, { binary: fakeGit(script) }));
      const own = getPriority();

      const write = await longRun('gc');
      const read = await longRun('status');
      await vi.waitFor(() => expect(getPriority(read.pid)).toBeGreaterThan(own), { timeout: 10_000 });
      const ofWrite = getPriority(write.pid);
      await Promise.all([write.end(), read.end()]);

      expect(ofWrite).toBe(own);
    });
  });

  describe('the end of a process', () => {
    /** Ignores SIGTERM, and so does what it starts; both write their process ids first. */
    const STUBBORN = `trap '' TERM
sh -c 'trap "" TERM; echo $$ >> "PIDS"; sleep 60' &
echo $$ >> "PIDS"
echo ready >&2
wait; sleep 60`;

    function stubborn(): { binary: string; pids: () => number[] } {
      const file = join(repo.root, 'pids');
      const binary = fakeGit(STUBBORN.replaceAll('PIDS', file));
      return { binary, pids: () => readFileSync(file, 'utf8').trim().split('\n').map(Number) };
    }

    it('takes the whole group along when the caller gives up', async () => {
      const { binary, pids } = stubborn();
      const { cli } = await start((git) => Object.assign(git, { binary, killGrace: 50 }));
      const caller = new AbortController();

      const run = cli.run(here, { name: 'status' }, caller.signal, { onStderrLine: () => caller.abort() });

      await expect(run).rejects.toMatchObject({ code: 'operation_cancelled' });
      expect(pids().filter(isAlive)).toEqual([]);
    });

    it('comes at the deadline', async () => {
      const { binary, pids } = stubborn();
      const { cli } = await start((git) => Object.assign(git, { binary, killGrace: 50 }));

      const run = cli.run(here, { name: 'status' }, signal, { timeoutMs: 500 });

      await expect(run).rejects.toMatchObject({ code: 'operation_timeout' });
      expect(pids().filter(isAlive)).toEqual([]);
    });

    it('keeps the reason that an outer deadline gave', async () => {
      const { binary } = stubborn();
      const { cli } = await start((git) => Object.assign(git, { binary, killGrace: 50 }));
      const outer = new AbortController();
      const reason = new ServerError('operation_timeout', 'The outer deadline has passed');

      const run = cli.run(here, { name: 'status' }, outer.signal, {
        onStderrLine: () => outer.abort(reason),
      });

      await expect(run).rejects.toBe(reason);
    });

    it.each([
      ['killed', 'SIGKILL', { code: 'temporary_resource_unavailable', recoverable: true, retryAfterMs: 200 }],
      ['killed', 'SIGTERM', { code: 'temporary_resource_unavailable', recoverable: true }],
      ['crashed', 'SIGSEGV', { code: 'operation_failed', recoverable: false }],
    ] as const)('is said: %s, by %s', async (reason, by, expected) => {
      const { cli } = await start();
      const input = new Promise<string>(() => undefined);

      const run = cli.run(here, { name: 'cat-file', options: ['--batch'] }, signal, { input });
      const killing = vi.waitFor(() => gitIn(repo.path)).then((pid) => process.kill(pid, by));

      await expect(run).rejects.toMatchObject({ ...expected, details: { reason, signal: by } });
      await killing;
    });

    it('does not wait for a grandchild that holds the output', async () => {
      const binary = fakeGit('sleep 60 &\necho done');
      const { cli } = await start((git) => Object.assign(git, { binary, killGrace: 50 }));

      const { stdout } = await cli.run(here, { name: 'status' }, signal);

      expect(stdout).toBe('done\n');
    });

    it('lets git clean up its locks: SIGTERM comes first', async () => {
      const binary = fakeGit(`trap 'rm -f "${repo.root}/lock"; exit 143' TERM
touch "${repo.root}/lock"; echo ready >&2; while :; do sleep 0.01; done`);
      const { cli } = await start((git) => Object.assign(git, { binary, killGrace: 20_000 }));
      const caller = new AbortController();

      const run = cli.run(here, { name: 'reset' }, caller.signal, { onStderrLine: () => caller.abort() });

      await expect(run).rejects.toMatchObject({ code: 'operation_cancelled' });
      expect(existsSync(join(repo.root, 'lock'))).toBe(false);
    });

    it('removes the locks of a git that had to be killed, and no others', async () => {
      repo.write('.git/HEAD.lock', 'of somebody else');
      const binary = fakeGit(`trap '' TERM
exec 3> "${repo.path}/.git/index.lock"
echo ready >&2; while :; do sleep 0.01; done`);
      const { cli } = await start((git) => Object.assign(git, { binary, killGrace: 50 }));
      const caller = new AbortController();

      const run = cli.run(here, { name: 'reset' }, caller.signal, { onStderrLine: () => caller.abort() });

      await expect(run).rejects.toMatchObject({ code: 'operation_cancelled' });
      expect([repo.has('.git/index.lock'), repo.has('.git/HEAD.lock')]).toEqual([false, true]);
    });

    it('starts nothing for a caller who has given up already', async () => {
      const { binary } = stubborn();
      const { cli } = await start((git) => Object.assign(git, { binary }));

      await expect(cli.run(here, { name: 'status' }, AbortSignal.abort())).rejects.toMatchObject({
        code: 'operation_cancelled',
      });
      expect(existsSync(join(repo.root, 'pids'))).toBe(false);
    });

    it.each(['status', 'reset'])('is an orderly failure where git cannot be started (%s)', async (name) => {
      const { cli } = await start((git) => Object.assign(git, { binary: '/nowhere/git' }));

      await expect(cli.runIn(repo.root, { name }, signal)).rejects.toMatchObject({
        code: 'operation_failed',
        details: { reason: 'ENOENT' },
      });
    });
  });

  describe('the output', () => {
    it('is cut at the cap, at a whole character, and said to be', async () => {
      const binary = fakeGit('while :; do printf "✓✓✓✓✓✓✓✓"; done');
      const { cli } = await start((git) => Object.assign(git, { binary }));

      const result = await cli.run(here, { name: 'status' }, signal, { maxOutputBytes: 1_000 });

      expect(result).toMatchObject({ exitCode: 0, truncated: true, stdout: '✓'.repeat(333) });
    });

    it('of a writing command is cut, but the command goes on to its end', async () => {
      const binary = fakeGit(`printf '%5000s' x; touch "${repo.root}/finished"; exit 3`);
      const { cli } = await start((git) => Object.assign(git, { binary }));

      const result = await cli.run(here, { name: 'reset' }, signal, { maxOutputBytes: 1_000 });

      expect(result).toMatchObject({ exitCode: 3, truncated: true });
      expect(existsSync(join(repo.root, 'finished'))).toBe(true);
    });

    it('on stderr is kept to ten thousand bytes', async () => {
      const binary = fakeGit("printf '%50000s' x >&2");
      const { cli } = await start((git) => Object.assign(git, { binary }));

      const { stderr } = await cli.run(here, { name: 'status' }, signal);

      expect(stderr).toHaveLength(10_000);
    });
  });
});

/** @throws where none runs there yet, or it is not yet git */
function gitIn(folder: string): number {
  const pid = readdirSync('/proc').find((name) => {
    try {
      return (
        readlinkSync(`/proc/${name}/cwd`) === folder &&
        readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('\0cat-file\0')
      );
    } catch {
      return false;
    }
  });
  if (pid === undefined) throw new Error('no git runs there');
  return Number(pid);
}

/** A zombie is dead: only nobody has asked for its exit code yet. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

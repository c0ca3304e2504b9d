import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { type Frame } from '../support/test-client.js';
import { Figures, LONG } from './support/figures.js';
import { scene } from './support/scene.js';
import { residentMiB } from './support/server-memory.js';

const FLOOD_MIB = LONG ? 1_024 : 64;
const UNLIMITED = { MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false' };

describe('Repositories that go wrong', () => {
  const here = scene();
  const lock = () => here.repository.file('.git/index.lock');
  const stage = (text: string) => here.repository.write('file.txt', text).stage('file.txt');

  it('git is killed in the middle of its work: an error that says so, no lock left, the next one succeeds', async (context) => {
    const figures = new Figures(context, 2);
    const rounds = LONG ? 200 : 40;
    await here.start({ ...UNLIMITED, MCP_GIT_RESILIENCE_BREAKER_FAILURE_THRESHOLD: '100000' });
    const client = await here.connect();
    const killing = killChildren(here.server.pid);
    const errors: { readonly recoverable: boolean; readonly message: string }[] = [];
    let done = 0;

    for (let round = 0; round < rounds; round += 1) {
      here.repository.write('file.txt', `${round}\n`);
      const added = await here.call(client, 'git_add', { files: ['file.txt'] });
      const answer =
        added.type === 'error' ? added : await here.call(client, 'git_commit', { message: `${round}` });
      if (answer.type === 'error') errors.push(answer['error']);
      else done += 1;
    }
    const killed = killing.stop();
    here.repository.write('file.txt', 'after\n');
    await here.call(client, 'git_add', { files: ['file.txt'] });
    const after = await here.call(client, 'git_commit', { message: 'after' });

    figures.atLeast('git processes killed', killed, rounds);
    figures.exactly('answers', done + errors.length, rounds);
    figures.exactly(
      'errors that do not say to try again',
      errors.filter(({ message, recoverable }) => !recoverable || !message.includes('try again')).length,
      0,
    );
    expect(after).toMatchObject({ type: 'tools/call/result' });
    figures.exactly('locks left', existsSync(lock()) ? 1 : 0, 0);
    here.repository.fsck();
  }, 300_000);

  it('somebody else holds the lock: waited for, then said, and never taken away', async (context) => {
    const figures = new Figures(context, 3);
    await here.start(UNLIMITED);
    const client = await here.connect();

    let done = 0;
    for (const heldMs of [300, 2_000]) {
      stage(`held for ${heldMs}\n`);
      writeFileSync(lock(), '');
      const answer = here.call(client, 'git_commit', { message: 'waits' });
      await pause(heldMs);
      rmSync(lock());
      if ((await answer).type === 'tools/call/result') done += 1;
    }
    figures.exactly('done after it was held for 0.3 s and for 2 s', done, 2);
    stage('held for long\n');
    const holder = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore'] });
    writeFileSync(lock(), '');
    const startedAt = performance.now();
    const refused = await here.call(client, 'git_commit', { message: 'waits' });
    const took = performance.now() - startedAt;
    holder.kill();

    expect(refused).toMatchObject({ error: { code: 'repository_busy', retry_after_ms: expect.any(Number) } });
    figures.atMost('refused after', took, 5_500, 'ms');
    figures.exactly('locks of others removed', existsSync(lock()) ? 0 : 1, 0);
    rmSync(lock());
  });

  it(
    'an outside git commits beside ours: nothing is lost on either side',
    { retry: 0, timeout: 300_000 },
    async (context) => {
      const figures = new Figures(context, 3);
      const each = LONG ? 1_000 : 100;
      await here.start(UNLIMITED);
      const client = await here.connect();
      const script = `for i in $(seq ${each}); do
      until git commit -q --allow-empty -m "outside $i" 2>/dev/null; do sleep 0.01; done; done`;
      const outside = spawn('sh', ['-c', script], {
        cwd: here.repository.path,
        env: { ...process.env, ...IDENTITY },
      });
      const ended = once(outside, 'exit');

      const refusals = new Set<string>();
      for (let number = 1; number <= each; number += 1) {
        let answer: Frame | undefined;
        while (answer?.type !== 'tools/call/result') {
          answer = await here.call(client, 'git_commit', { message: `ours ${number}`, allow_empty: true });
          if (answer.type === 'error') refusals.add(answer['error'].code as string);
        }
      }
      await ended;

      expect([...refusals].filter((code) => code !== 'repository_busy')).toEqual([]);
      const subjects = here.repository.git(['log', '--format=%s']).trim().split('\n');
      const lost = (whose: string) =>
        Array.from({ length: each }, (_, index) => `${whose} ${index + 1}`).filter(
          (subject) => subjects.filter((one) => one === subject).length !== 1,
        );
      figures.exactly('commits on each side', subjects.length - 1, 2 * each);
      figures.exactly('commits of the outside lost or doubled', lost('outside').length, 0);
      figures.exactly('commits of ours lost or doubled', lost('ours').length, 0);
      here.repository.fsck();
    },
  );

  it(`a diff of ${FLOOD_MIB} MiB: cut to its budget, and the server stays as small as it was`, async (context) => {
    const figures = new Figures(context, 31);
    const line = `${'0123456789abcdef'.repeat(8)}\n`;
    const ordinary = here.repository.commitFiles('ordinary', {
      'ordinary.txt': line.repeat((2 * 2 ** 20) / line.length),
    });
    const files = Array.from({ length: FLOOD_MIB / 64 }, (_, index) => `flood-${index}.txt`);
    for (const file of files) here.repository.write(file, line.repeat((64 * 2 ** 20) / line.length));
    here.repository.stage(...files).commit('flood');
    await here.start(UNLIMITED);
    const client = await here.connect();
    await here.call(client, 'git_show', { revision: ordinary });
    const before = residentMiB(here.server.pid);
    let most = 0;
    const watching = setInterval(() => (most = Math.max(most, residentMiB(here.server.pid) - before)), 20);

    const show = await here.call(client, 'git_show', { revision: 'HEAD' }, { timeout_ms: 60_000 });
    const diff = await here.call(client, 'git_diff', { target: 'HEAD~1..HEAD' }, { timeout_ms: 60_000 });
    clearInterval(watching);

    expect(show).toMatchObject({ result: { structuredContent: { diff: { truncated: true } } } });
    expect(diff).toMatchObject({ result: { structuredContent: { truncated: true } } });
    figures.atMost('memory above that of a diff of 2 MiB', most, 32, 'MiB');
  }, 300_000);
});

const IDENTITY = {
  GIT_AUTHOR_NAME: 'Eve',
  GIT_AUTHOR_EMAIL: 'eve@example.org',
  GIT_COMMITTER_NAME: 'Eve',
  GIT_COMMITTER_EMAIL: 'eve@example.org',
};

/** @returns the git processes below a process, at any depth */
function gitBelow(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [...(isGit(child) ? [child] : []), ...gitBelow(child)]);
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' '))
      .filter((child) => child !== '')
      .map(Number);
  } catch {
    return []; // It ended while we looked.
  }
}

function isGit(pid: number): boolean {
  try {
    return /git/.test(readFileSync(`/proc/${pid}/comm`, 'utf8'));
  } catch {
    return false; // It ended while we looked.
  }
}

/** Kills every other git process that the server starts, each a few milliseconds into its work. */
function killChildren(pid: number): { stop(): number } {
  const seen = new Set<number>();
  let killed = 0;
  const timer = setInterval(() => {
    for (const child of gitBelow(pid)) {
      if (seen.has(child)) continue;
      seen.add(child);
      if (seen.size % 2 === 0) continue;
      try {
        process.kill(child, 'SIGKILL');
        killed += 1;
      } catch {
        // It was faster.
      }
    }
  }, 1);
  return {
    stop() {
      clearInterval(timer);
      return killed;
    },
  };
}

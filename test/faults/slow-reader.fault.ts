import { readFileSync } from 'node:fs';
import { type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { text } from '../rfc6455/frames.js';
import { GitRepository } from '../support/git-repository.js';
import { rawWebSocket } from '../support/test-client.js';
import { Figures } from './support/figures.js';
import { type LoadProcess, type LoadResult } from './support/load-process.js';
import { median, sumOf, timeUntil } from './support/observed.js';
import { closeCodeOf } from './support/raw-frames.js';
import { scene } from './support/scene.js';
import { residentMiB } from './support/server-memory.js';

const MIB = 2 ** 20;
const ANSWER_BYTES = 1_000_000;
/** At most, in the server for one client. */
const KEPT = 8 * MIB;
const CALLS = 64;
/** Bytes of the answers, less what none of them fills. */
const ALL = 0.95 * CALLS * ANSWER_BYTES;
/** What git does for a client who is gone. */
const ENDED_WITHIN_MS = 1_000;
const PINGS = { messages: [{ type: 'ping' }], seconds: 1.5 };
const PINGS_A_SECOND = 400;
/** The slowest six of six hundred pings differ by a third from round to round. */
const ROUNDS = 5;

describe('A reader that does not read', () => {
  const here = scene(repositoryOfLargeCommits);
  let others: LoadProcess;
  const ping = () => others.openLoop(PINGS, PINGS_A_SECOND);

  it('64 MiB of diffs that nobody takes: 8 MiB wait at most, then it is closed, and others do not notice', async (context) => {
    const figures = new Figures(context, 14);
    await here.start({ MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false' });
    others = await here.load(4);
    await besideReader();
    const grown: number[] = [];

    const rounds: Record<'alone' | 'withReader' | 'withSlow', LoadResult>[] = [];
    const buffered: number[] = [];
    const codes: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const alone = await ping();
      const reading = besideReader();
      const watched = await mostMemory(here.server.pid, reading);
      const slowReading = Promise.all([ping(), slowReader()]);
      const watchedSlow = await mostMemory(here.server.pid, slowReading);
      const [withSlow, slow] = await slowReading;
      rounds.push({ alone, withReader: await reading, withSlow });
      grown.push(watchedSlow - watched);
      buffered.push(slow.buffered);
      codes.push(slow.code);
    }

    await pause(ENDED_WITHIN_MS);
    figures.atMost('waits in the server for one client', Math.max(...buffered) / MIB, KEPT / MIB, 'MiB');
    figures.exactly('closed by rule', codes.filter((code) => code === 1008).length, ROUNDS);
    figures.exactly('calls of it that still run', await sumOf(here.server, 'mcp_git_session_operations'), 0);
    figures.atMost('memory above that with a reader', median(grown), 32, 'MiB');
    const ratio = (other: 'alone' | 'withReader') =>
      median(rounds.map((round) => round.withSlow.p99 / round[other].p99));
    figures.atMost('p99 of others, times that beside a reader of the same', ratio('withReader'), 1.1);
    figures.measured('p99 of others, times their usual', ratio('alone'));
  });

  const ask = async (): Promise<Socket> => {
    const socket = await rawWebSocket(Number(new URL(here.server.url).port));
    const show = (commit: number) => ({
      type: 'tools/call',
      id: `show-${commit}`,
      params: {
        name: 'git_show',
        arguments: { repo_path: here.repository.path, revision: `HEAD~${commit}`, max_bytes: ANSWER_BYTES },
      },
    });
    for (let commit = 0; commit < CALLS; commit += 1) socket.write(text(JSON.stringify(show(commit))));
    return socket;
  };

  /** Takes all that comes, while the others are watched. */
  const besideReader = async (): Promise<LoadResult> => {
    const socket = await ask();
    socket.resume();
    const [result] = await Promise.all([ping(), timeUntil(() => socket.bytesRead > ALL)]);
    socket.destroy();
    return result;
  };

  const noticed = () => here.server.logs.split('its reader is too slow').length;

  /** Takes nothing until it is closed, and then what had been kept for it. */
  const slowReader = async (): Promise<{ buffered: number; code: number }> => {
    const before = noticed();
    const socket = await ask();
    socket.pause();
    await timeUntil(() => noticed() > before);
    await pause(100);
    const inKernel = bytesInKernel(socket);
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
    const code = await closeCodeOf(socket.resume());
    return { buffered: bytes - inKernel, code };
  };
});

/** What the kernel holds of a connection on this machine, sent by the other end and not taken by this one. */
function bytesInKernel(socket: Socket): number {
  const [own = '', other = ''] = [socket.localPort, socket.remotePort].map((port = 0) =>
    port.toString(16).toUpperCase().padStart(4, '0'),
  );
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  const queues = (from: string, to: string) => {
    const line = lines.find((one) => new RegExp(`:${from} [0-9A-F]{8}:${to} `).test(one));
    const [sending = '0', receiving = '0'] = line?.trim().split(/\s+/)[4]?.split(':') ?? [];
    return { sending: Number.parseInt(sending, 16), receiving: Number.parseInt(receiving, 16) };
  };
  return queues(other, own).sending + queues(own, other).receiving;
}

/** @returns MiB that a process has resident at most meanwhile */
async function mostMemory(pid: number, work: Promise<unknown>): Promise<number> {
  let most = 0;
  const timer = setInterval(() => (most = Math.max(most, residentMiB(pid))), 50);
  await work.finally(() => clearInterval(timer));
  return most;
}

/** Each commit as large as the next, so that no answer is one that had been given before. */
function repositoryOfLargeCommits(): GitRepository {
  const repository = new GitRepository();
  for (let commit = 0; commit < CALLS; commit += 1) {
    const line = `${String(commit).padStart(4, '0')} ${'0123456789abcdef'.repeat(8)}\n`;
    repository.commitFiles(`large ${commit}`, { 'large.txt': line.repeat(8_000) });
  }
  repository.commitFiles('last', { 'large.txt': 'small\n' });
  expect(repository.git(['rev-list', '--count', 'HEAD']).trim()).toBe(String(CALLS + 1));
  return repository;
}

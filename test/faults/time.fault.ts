import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { Figures } from './support/figures.js';
import { sessionsOf } from './support/observed.js';
import { scene } from './support/scene.js';

const HEARTBEAT_MS = 500;
const BEATING = { MCP_GIT_HEARTBEAT_INTERVAL: `${HEARTBEAT_MS}ms`, MCP_GIT_HEARTBEAT_MISSED_THRESHOLD: '2' };

describe('Time that goes wrong', () => {
  const here = scene();

  it('the clock jumps by an hour and by a day, both ways: nobody is dropped, nothing waits for it', async (context) => {
    const library = faketime();
    if (library === undefined) return context.skip('needs libfaketime');
    const figures = new Figures(context, 25);
    const clock = here.repository.file('../clock');
    const set = (offset: string) => writeFileSync(clock, offset);
    set('+0');
    await here.start({
      ...BEATING,
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: '1',
      DONT_FAKE_MONOTONIC: '1',
      MCP_GIT_RESILIENCE_RATE_LIMIT_BURST: '50',
      MCP_GIT_RESILIENCE_RATE_LIMIT_FRAMES_PER_SECOND: '50',
    });
    const clients = await Promise.all(Array.from({ length: 20 }, () => here.connect()));
    await Promise.all(clients.map((client) => client.request('ping')));

    for (const offset of ['-1h', '+1h', '-1d', '+1d', '+0']) {
      set(offset);
      await pause(HEARTBEAT_MS);
      for (const client of clients) expect(await client.request('ping')).toMatchObject({ type: 'pong' });
    }
    await pause(3 * HEARTBEAT_MS);

    figures.exactly('sessions dropped', clients.filter(({ closed }) => closed !== undefined).length, 0);
    figures.exactly('sessions', await sessionsOf(here.server), 20);
    figures.atLeast('heartbeats in the last second', clients[0]?.pings ?? 0, 3);
    expect(await here.call(clients[0]!, 'git_log')).toMatchObject({ type: 'tools/call/result' });
  });

  it('the process stands still for 3 s: no healthy client is dropped, and readiness comes back', async (context) => {
    const figures = new Figures(context, 26);
    await here.start(BEATING);
    const clients = await Promise.all(Array.from({ length: 50 }, () => here.connect()));
    await Promise.all(clients.map((client) => client.request('ping')));

    process.kill(here.server.pid, 'SIGSTOP');
    await pause(3_000);
    process.kill(here.server.pid, 'SIGCONT');
    const answers = await Promise.all(clients.map((client) => client.request('ping')));
    await pause(4 * HEARTBEAT_MS);

    figures.exactly(
      'healthy clients dropped',
      clients.filter(({ closed }) => closed !== undefined).length,
      0,
    );
    figures.exactly('answers', answers.filter(({ type }) => type === 'pong').length, 50);
    expect((await fetch(`${here.server.url}/health/live`)).status).toBe(200);
    expect((await fetch(`${here.server.url}/health/ready`)).status).toBe(200);
  });
});

function faketime(): string | undefined {
  return readdirSync('/usr/lib', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join('/usr/lib', name, 'faketime'))
    .flatMap((folder) => {
      try {
        return readdirSync(folder)
          .filter((file) => file === 'libfaketime.so.1')
          .map((file) => join(folder, file));
      } catch {
        return [];
      }
    })[0];
}

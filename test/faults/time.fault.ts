import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import { describe, expect, it } from 'vitest';

import { FakedClock } from './support/faked-clock.js';
import { Figures } from './support/figures.js';
import { sessionsOf, sumOf, timeUntil } from './support/observed.js';
import { scene } from './support/scene.js';

const HEARTBEAT_MS = 500;
const BEATING = { MCP_GIT_HEARTBEAT_INTERVAL: `${HEARTBEAT_MS}ms`, MCP_GIT_HEARTBEAT_MISSED_THRESHOLD: '2' };

const LEVELS = ['trace', 'debug', 'error'];
const COMPONENTS = ['all', 'EnvelopeGateway', 'Health', 'GitCli'];

describe('Time that goes wrong', () => {
  const here = scene();

  it('the clock jumps by an hour and by a day, both ways: nobody is dropped, nothing waits for it', async (context) => {
    const clock = FakedClock.at(here.repository.file('../clock'));
    if (clock === undefined) return context.skip('needs libfaketime');
    const figures = new Figures(context, 25);
    await here.start({
      ...BEATING,
      ...clock.env,
      MCP_GIT_RESILIENCE_RATE_LIMIT_BURST: '50',
      MCP_GIT_RESILIENCE_RATE_LIMIT_FRAMES_PER_SECOND: '50',
    });
    const clients = await Promise.all(Array.from({ length: 20 }, () => here.connect()));
    await Promise.all(clients.map((client) => client.request('ping')));

    for (const offset of ['-1h', '+1h', '-1d', '+1d', '+0']) {
      clock.set(offset);
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
    const noticed = timeUntil(
      async () => (await sumOf(here.server, 'nodejs_eventloop_lag_max_seconds')) >= 2,
    );
    const ready = timeUntil(async () => (await fetch(`${here.server.url}/health/ready`)).status === 200);
    const answers = await Promise.all(clients.map((client) => client.request('ping')));
    await pause(4 * HEARTBEAT_MS);

    figures.exactly(
      'healthy clients dropped',
      clients.filter(({ closed }) => closed !== undefined).length,
      0,
    );
    figures.exactly('answers', answers.filter(({ type }) => type === 'pong').length, 50);
    figures.atMost('the metric of the event loop tells of it after', await noticed, 2_000, 'ms');
    figures.atMost('ready again after', await ready, 2_000, 'ms');
    expect((await fetch(`${here.server.url}/health/live`)).status).toBe(200);
  });

  it('levels of the log that are changed 1,000 times: nobody is dropped, and each goes back by itself', async (context) => {
    const figures = new Figures(context, 37);
    await here.start();
    const clients = await Promise.all(Array.from({ length: 20 }, () => here.connect()));
    const levels = async (component = '', change: object = {}) => {
      const answer = await fetch(`${here.server.url}/admin/log-levels${component}`, change);
      expect(answer.status).toBe(200);
      return (await answer.json()) as object;
    };
    const before = await levels();
    const headers = { 'Content-Type': 'application/json' };

    for (let number = 0; number < 1_000; number += 1) {
      const body = JSON.stringify({ level: LEVELS[number % LEVELS.length], for: '2s' });
      await levels(`/${COMPONENTS[number % COMPONENTS.length]}`, { method: 'PUT', headers, body });
      if (number % 50 === 0) await Promise.all(clients.map((client) => client.request('ping')));
    }
    const changed = await levels();
    const took = await timeUntil(async () => isDeepStrictEqual(await levels(), before));

    expect(changed).not.toEqual(before);
    figures.exactly('sessions dropped', clients.filter(({ closed }) => closed !== undefined).length, 0);
    figures.atMost('all levels are back after', took, 3_000, 'ms');
  });
});

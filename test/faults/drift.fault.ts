import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, beforeEach, describe, it } from 'vitest';

import { AdminClient } from '../support/admin-client.js';
import { TestClient } from '../support/test-client.js';
import { FakedClock } from './support/faked-clock.js';
import { Figures } from './support/figures.js';
import { sumOf, timeUntil } from './support/observed.js';
import { scene } from './support/scene.js';

const RECOVERY_MS = 2_000;
const WINDOW_MS = 2_000;
const FRAMES_PER_SECOND = 10;
const BURST = 100;
const MOST_MS = 2_000;

describe('A clock that jumps', () => {
  const here = scene();
  let remote: Server;

  beforeEach(async () => {
    remote = createServer((_, response) => response.writeHead(503).end()).listen(0, '127.0.0.1');
    await once(remote, 'listening');
    const { port } = remote.address() as AddressInfo;
    here.repository.git(['remote', 'add', 'origin', `http://127.0.0.1:${port}/x.git`]);
  });

  afterEach(() => void remote.close());

  it('moves no breaker, no end of a session and no rate limit', async (context) => {
    const clock = FakedClock.at(here.repository.file('../clock'));
    if (clock === undefined) return context.skip('needs libfaketime');
    const figures = new Figures(context, 25);
    await here.start({
      ...clock.env,
      MCP_GIT_GIT_REMOTE_PROTOCOLS: 'http',
      MCP_GIT_GIT_REMOTE_ALLOW_PRIVATE_ADDRESSES: 'true',
      MCP_GIT_RESILIENCE_RETRY_MAX_ATTEMPTS: '1',
      MCP_GIT_RESILIENCE_BREAKER_FAILURE_THRESHOLD: '1',
      MCP_GIT_RESILIENCE_BREAKER_RECOVERY_TIMEOUT: `${RECOVERY_MS}ms`,
      MCP_GIT_RESILIENCE_RATE_LIMIT_FRAMES_PER_SECOND: String(FRAMES_PER_SECOND),
      MCP_GIT_RESILIENCE_RATE_LIMIT_BURST: String(BURST),
      MCP_GIT_SESSIONS_RESUME_WINDOW: `${WINDOW_MS}ms`,
      MCP_GIT_SESSIONS_SWEEP_INTERVAL: '100ms',
    });
    const drifts = { breaker: 0, session: 0, rateLimit: 0 };

    for (const offset of ['+1h', '-1h', '+1d', '-1d']) {
      const measured = Promise.all([breakerOpenMs(), parkedMs(), refilledMs()]);
      await pause(400);
      clock.set(offset);
      const [open, parked, refilled] = await measured;
      drifts.breaker = Math.max(drifts.breaker, Math.abs(open - RECOVERY_MS));
      drifts.session = Math.max(drifts.session, Math.abs(parked - WINDOW_MS));
      drifts.rateLimit = Math.max(drifts.rateLimit, Math.abs(refilled));
    }

    figures.atMost('a breaker lets calls through earlier or later by', drifts.breaker, MOST_MS, 'ms');
    figures.atMost('a session that waits ends earlier or later by', drifts.session, MOST_MS, 'ms');
    figures.atMost('a rate limit is earlier or later by', drifts.rateLimit, MOST_MS, 'ms');
  });

  /** @returns milliseconds from the failure that opens it to the first call that reaches the remote again */
  async function breakerOpenMs(): Promise<number> {
    const client = await here.connect();
    const fetched = async () => (await here.call(client, 'git_fetch'))['error']?.code as string;
    await new AdminClient(here.server.url).post('/admin/circuits/remote:127.0.0.1/reset');
    await fetched();
    return timeUntil(async () => (await fetched()) !== 'circuit_open', 100);
  }

  /** @returns milliseconds from the cut to the end of the session */
  async function parkedMs(): Promise<number> {
    const client = await TestClient.begin(here.server.webSocketUrl);
    await client.cut();
    const parked = () => sumOf(here.server, 'mcp_git_sessions_parked');
    const appeared = await timeUntil(async () => (await parked()) === 1);
    return appeared + (await timeUntil(async () => (await parked()) === 0));
  }

  /** @returns milliseconds by which more, or fewer, frames may be sent after a second than the limit says */
  async function refilledMs(): Promise<number> {
    const client = await here.connect();
    await sendAll(client);
    const startedAt = performance.now();
    await pause(1_000);
    const admitted = await sendAll(client);
    return (admitted / FRAMES_PER_SECOND) * 1_000 - (performance.now() - startedAt);
  }
});

/** @returns how many of a burst the limit lets through */
async function sendAll(client: TestClient): Promise<number> {
  const all = await Promise.all(Array.from({ length: BURST }, () => client.request('ping')));
  return all.filter(({ type }) => type === 'pong').length;
}

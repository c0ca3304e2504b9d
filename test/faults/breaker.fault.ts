import { type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { AdminClient } from '../support/admin-client.js';
import { GitHttpServer } from '../support/git-http-server.js';
import { GitRepository } from '../support/git-repository.js';
import { type Frame, type TestClient } from '../support/test-client.js';
import { Figures } from './support/figures.js';
import { Dice } from './support/mutation.js';
import { timeUntil } from './support/observed.js';
import { scene } from './support/scene.js';

const THRESHOLD = 5;
const TRIALS = 3;
const RECOVERY_MS = 1_000;
const CLONES = 8;
const FLAPPING_MS = 3_000;

const failing = (response: ServerResponse) => void response.writeHead(503).end();

describe('A remote that fails and heals', () => {
  const here = scene();
  let remote: GitHttpServer;
  let clones: readonly GitRepository[];
  let client: TestClient;

  beforeEach(async () => {
    const bare = here.repository.cloneBare();
    remote = await GitHttpServer.start(here.repository.root, '');
    remote.guarded = () => false;
    clones = Array.from({ length: CLONES }, (_, index) => {
      const clone = new GitRepository({ root: here.repository.root, name: `clone-${index}` });
      clone.git(['remote', 'add', 'origin', remote.url(bare.path.slice(here.repository.root.length + 1))]);
      return clone;
    });
    await here.start({
      MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false',
      MCP_GIT_RESILIENCE_RETRY_MAX_ATTEMPTS: '1',
      MCP_GIT_RESILIENCE_BREAKER_FAILURE_THRESHOLD: String(THRESHOLD),
      MCP_GIT_RESILIENCE_BREAKER_HALF_OPEN_MAX_CALLS: String(TRIALS),
      MCP_GIT_RESILIENCE_BREAKER_RECOVERY_TIMEOUT: `${RECOVERY_MS}ms`,
      MCP_GIT_GIT_REMOTE_PROTOCOLS: 'http',
      MCP_GIT_GIT_REMOTE_ALLOW_PRIVATE_ADDRESSES: 'true',
    });
    client = await here.connect();
  });

  afterEach(() => remote.close());

  it('is left alone after a few failures, tried by three calls, and used again as soon as it is well', async (context) => {
    const figures = new Figures(context, 29);
    remote.outage = failing;
    let failures = 0;
    while ((await fetchOne()) !== 'circuit_open') failures += 1;
    const left = remote.requests.length;
    const refused = await fetchAll();
    figures.exactly('failures after which it is left alone', failures, THRESHOLD);
    expect(refused).toEqual(clones.map(() => 'circuit_open'));
    figures.exactly('requests to it meanwhile', remote.requests.length - left, 0);

    await pause(RECOVERY_MS);
    const trials = await trialsAmong(CLONES);
    figures.exactly('calls that try it while half-open', trials.tried, TRIALS);
    figures.exactly('calls that are turned away meanwhile', trials.turnedAway, CLONES - TRIALS);
    expect(await fetchOne()).toBe('circuit_open');

    remote.outage = undefined;
    const healedAfter = await untilServed();
    figures.atMost('used again after it is well', healedAfter, 2 * RECOVERY_MS, 'ms');
    expect(new Set(await fetchAll())).toEqual(new Set(['served']));
  });

  it('fails half of the time: its circuit is never stuck; and closed by hand it serves at once', async (context) => {
    const figures = new Figures(context, 29);
    const dice = new Dice(FLAPPING_MS);
    const flap = () => (remote.outage = dice.below(2) === 0 ? undefined : failing);
    remote.outage = failing;
    while ((await fetchOne()) !== 'circuit_open');

    let reached = performance.now();
    let longest = 0;
    for (const until = reached + FLAPPING_MS; performance.now() < until; flap()) {
      if ((await fetchOne()) === 'circuit_open') await pause(RECOVERY_MS / 20);
      else {
        longest = Math.max(longest, performance.now() - reached);
        reached = performance.now();
      }
    }
    figures.atMost('longest time without a call that reaches it', longest, 2 * RECOVERY_MS, 'ms');
    remote.outage = undefined;
    figures.atMost('used again after the last flap', await untilServed(), 2 * RECOVERY_MS, 'ms');

    remote.outage = failing;
    while ((await fetchOne()) !== 'circuit_open');
    remote.outage = undefined;
    const admin = new AdminClient(here.server.url);
    const { status } = await admin.post('/admin/circuits/remote:127.0.0.1/reset');
    expect(status).toBeLessThan(300);
    figures.exactly('calls refused after it is closed by hand', (await fetchOne()) === 'served' ? 0 : 1, 0);
  });

  async function fetchOne(clone = clones[0]): Promise<string> {
    const frame: Frame = await client.request('tools/call', {
      params: { name: 'git_fetch', arguments: { repo_path: clone?.path } },
    });
    return frame.type === 'error' ? (frame['error'].code as string) : 'served';
  }

  function fetchAll(): Promise<string[]> {
    return Promise.all(clones.map((clone) => fetchOne(clone)));
  }

  function untilServed(): Promise<number> {
    return timeUntil(async () => (await fetchOne()) === 'served', RECOVERY_MS / 20);
  }

  /** All at once, while the remote keeps those waiting that reach it, and then fails them. */
  async function trialsAmong(calls: number): Promise<{ tried: number; turnedAway: number }> {
    const held: (() => void)[] = [];
    remote.outage = (response) => void held.push(() => failing(response));
    const before = remote.requests.length;
    let turnedAway = 0;
    const all = clones.slice(0, calls).map(async (clone) => {
      if ((await fetchOne(clone)) === 'circuit_open') turnedAway += 1;
    });
    await timeUntil(() => held.length + turnedAway === calls);
    const meanwhile = turnedAway;
    for (const fail of held) fail();
    await Promise.all(all);
    return { tried: remote.requests.length - before, turnedAway: meanwhile };
  }
});

import { type Socket } from 'node:net';

import { describe, expect, it } from 'vitest';

import { rawWebSocket, TestClient } from '../support/test-client.js';
import { Figures, LONG } from './support/figures.js';
import { legacyRequests, toolCalls } from './support/mcp-messages.js';
import { Dice, mutated } from './support/mutation.js';
import { median, sumOf, timeUntil } from './support/observed.js';
import { scene } from './support/scene.js';
import { openFiles } from './support/server-memory.js';

const SEED = Number(process.env['MCP_GIT_FAULTS_SEED'] ?? 20_261_126);
/** Said where the server itself is at fault, in both dialects. */
const FAULTS = new Set<unknown>(['internal_error', -32603]);
const HARDENED = {
  MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false',
  MCP_GIT_VALIDATION_MAX_CONSECUTIVE_FAILURES: '1000000000',
};

describe('Input of any kind', () => {
  const here = scene();
  const expectNoFault = async () => {
    const metrics = await (await fetch(`${here.server.url}/metrics`)).text();
    expect(metrics).not.toContain('code="internal_error"');
    expect(here.server.logs).not.toMatch(/unhandled|uncaught/i);
  };

  it(
    `connections that send any bytes (seed ${SEED}): those who speak properly do not notice`,
    async (context) => {
      const figures = new Figures(context, 19);
      const count = LONG ? 1_000_000 : 50_000;
      await here.start(HARDENED);
      const witness = await here.connect();
      const port = Number(new URL(here.server.url).port);
      const dice = new Dice(SEED);
      const attack = async () => (await rawWebSocket(port)).end(hostileBytes(dice)).resume();
      for (let index = 0; index < 500; index += 1) await closed(await attack());
      const files = openFiles(here.server.pid);
      const heaps: number[] = [];

      for (let sent = 0; sent < count; sent += 50) {
        const sockets = await Promise.all(Array.from({ length: 50 }, attack));
        expect((await witness.request('ping')).type).toBe('pong');
        await Promise.all(sockets.map(closed));
        if (sent % 500 === 0) heaps.push(await sumOf(here.server, 'mcp_git_heap_after_gc_bytes'));
      }
      await timeUntil(() => openFiles(here.server.pid) <= files + 1);

      // What is between two collections says nothing.
      const kept = heaps.filter((bytes) => bytes > 0);
      const half = kept.length / 2;
      figures.atLeast('hostile connections', count, 50_000);
      figures.atMost('files more than before', openFiles(here.server.pid) - files, 1);
      figures.atMost(
        'heap after a collection, the second half beside the first',
        median(kept.slice(half)) / median(kept.slice(0, half)),
        1.05,
      );
      await expectNoFault();
    },
    LONG ? 3_600_000 : 240_000,
  );

  it.for([
    ['envelopes', undefined],
    ['JSON-RPC', 'mcp'],
  ] as const)(
    `%s that are mutated (seed ${SEED}): each with an id has exactly one answer`,
    { timeout: LONG ? 3_600_000 : 240_000 },
    async ([kind, protocol], context) => {
      const figures = new Figures(context, 20);
      const count = LONG ? 1_000_000 : 10_000;
      await here.start(HARDENED);
      const dice = new Dice(SEED);
      let client = await connect(protocol);
      const templates =
        protocol === 'mcp' ? legacyRequests(here.repository.path) : envelopeTemplates(here.repository.path);
      let [answered, reconnects] = [0, 0];

      for (let sent = 0; sent < count; sent += 20) {
        const ids = Array.from({ length: 20 }, (_, index) => `${kind}-${sent + index}`);
        for (const id of ids) client.send(mutated({ ...dice.of(templates), id }, dice));
        const answers = await Promise.all(ids.map((id) => client.answer(id).catch(() => undefined)));
        answered += answers.filter((answer) => answer !== undefined).length;
        expect(answers.filter((answer) => FAULTS.has(answer?.['error']?.code))).toEqual([]);
        if (client.closed === undefined) continue;
        // A token that is wrong, and a message that breaks the protocol, end the connection by rule.
        expect([4400, 4401, 4403, 4500, 1000]).toContain(client.closed.code);
        answered += answers.filter((answer) => answer === undefined).length;
        reconnects += 1;
        client = await connect(protocol);
      }
      const unasked = client.received.filter(({ id }) => typeof id === 'string' && id.startsWith(kind));

      figures.exactly('messages with one answer', answered, count);
      expect(reconnects).toBeLessThan(count / 20);
      expect(unasked).toEqual([]);
      await expectNoFault();
    },
  );

  const connect = async (protocol: string | undefined) => {
    const client = await TestClient.connect(here.server.webSocketUrl, {}, protocol ? [protocol] : []);
    here.clients.push(client);
    return client;
  };
});

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), 2_000);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    if (socket.closed) end();
    else socket.once('close', end);
  });
}

/** Bytes that are often nearly a frame. */
function hostileBytes(dice: Dice): Buffer {
  const bytes = Buffer.from(Array.from({ length: 1 + dice.below(120) }, () => dice.below(256)));
  if (dice.below(3) > 0) bytes[0] = dice.of([0x81, 0x82, 0x80, 0x01, 0x88, 0x89, 0x8a, 0xc1]);
  if (bytes.length > 1 && dice.below(3) > 0) bytes[1] = 0x80 | dice.below(128);
  return bytes;
}

function envelopeTemplates(path: string): readonly object[] {
  return [
    { type: 'ping' },
    {
      type: 'initialize',
      params: { client: { name: 'fuzz', version: '1' }, capabilities: { progress: true } },
    },
    { type: 'tools/list' },
    { type: 'session/get' },
    { type: 'heartbeat' },
    { type: 'notifications/cancelled', request_id: 'x' },
    ...toolCalls(path).map((params) => ({ type: 'tools/call', params })),
  ];
}

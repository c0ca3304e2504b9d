import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { EchoTool } from '../support/probe.tools.js';
import { TestClient } from '../support/test-client.js';
import { TestServer } from '../support/test-server.js';

const TYPES = [
  'ping',
  'initialize',
  'tools/list',
  'tools/call',
  'session/get',
  'session/pause',
  'session/resume',
  'heartbeat',
  'notifications/cancelled',
  'nope',
  '__proto__',
];

const KEYS = [
  'params',
  'cursor',
  'timeout_ms',
  'request_id',
  'name',
  'arguments',
  '__proto__',
  'constructor',
  'token',
];

/** Values that look as if they belonged there, and values that do not. */
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.jsonValue({ maxDepth: 2 }),
    tie('object'),
    fc.array(tie('any'), { maxLength: 2 }),
  ),
  object: fc.dictionary(fc.constantFrom(...KEYS), tie('any'), { maxKeys: 3 }),
})).any;

const field = fc.tuple(fc.constantFrom(...KEYS), value);

/** A request that says which it is, with anything else in it. As text, so that `__proto__` stays a key. */
const request = (id: string) =>
  fc.tuple(fc.constantFrom(...TYPES), fc.array(field, { maxLength: 4 })).map(([type, fields]) => {
    const rest = fields.map(([key, value]) => `,${JSON.stringify(key)}:${JSON.stringify(value)}`);
    return `{"type":${JSON.stringify(type)},"id":"${id}"${rest.join('')}}`;
  });

describe('Fuzzed frames', () => {
  let server: TestServer;
  let client: TestClient;

  beforeAll(async () => {
    server = await TestServer.start({
      tools: [new EchoTool()],
      settings: {
        resilience: { rateLimit: { enabled: false, framesPerSecond: 1, burst: 1 } },
        validation: { maxConsecutiveFailures: Number.MAX_SAFE_INTEGER },
      },
    });
    client = await TestClient.connect(server.url);
  });

  afterAll(async () => {
    await client.close();
    await server.stop();
  });

  it('are answered exactly once each, none of them with internal_error', async () => {
    let count = 0;

    await fc.assert(
      fc.asyncProperty(
        fc.constant(null).chain(() => request(`f${(count += 1)}`)),
        async (text) => {
          client.send(text);

          const { id } = JSON.parse(text) as { id: string };
          const answer = await client.answer(id);
          expect(answer['error']?.code).not.toBe('internal_error');
          await client.request('ping');
          expect(client.received).toEqual([]);
        },
      ),
      { numRuns: 700 },
    );
  });

  it('of any text at all are answered, and the session goes on', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.constantFrom('', '{', '"', '[[[[', '{"type":{}}'),
    );

    await fc.assert(
      fc.asyncProperty(text, async (frame) => {
        client.send(frame);

        expect((await client.take(({ type }) => type === 'error'))['error'].code).toBe('validation_failed');
      }),
      { numRuns: 300 },
    );
    expect((await client.request('ping')).type).toBe('pong');
  });
});

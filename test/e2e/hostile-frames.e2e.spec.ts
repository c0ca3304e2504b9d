import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ServerProcess } from '../support/server-process.js';
import { rawWebSocket, TestClient } from '../support/test-client.js';

const REQUESTS = ['ping', 'initialize', 'tools/list', 'tools/call', 'heartbeat', 'notifications/cancelled'];
const TYPES = [...REQUESTS, 'session/get', 'session/pause', 'session/resume', 'nope', '__proto__', ''];
const TOOLS = ['git_status', 'git_log', 'git_show', 'git_diff', 'git_branch', 'git_remote', 'constructor'];
const KEYS = ['cursor', 'timeout_ms', 'request_id', 'token', 'resume', '__proto__', 'constructor', 'type'];

describe('A running server', () => {
  let repository: GitRepository;
  let server: ServerProcess;
  let client: TestClient;

  beforeAll(async () => {
    repository = new GitRepository();
    repository.commitFiles('first', { 'file.txt': 'one\n' });
    server = await ServerProcess.start({
      env: {
        MCP_GIT_REPOSITORY: repository.root,
        MCP_GIT_LOG_LEVEL: 'error',
        MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false',
        MCP_GIT_VALIDATION_MAX_CONSECUTIVE_FAILURES: '1000000',
      },
    });
  });

  beforeEach(async () => {
    client = await TestClient.connect(server.webSocketUrl);
  });

  afterAll(async () => {
    await server.stop();
    repository.remove();
  });

  /** Sends a frame, takes the one answer that it may have, and makes sure that no second one follows. */
  const answerTo = async (frame: string) => {
    client.send(frame);
    const answer = await client.take(() => true);
    await client.request('ping');
    expect(client.received).toEqual([]);
    return answer;
  };

  const expectHealthy = async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).not.toContain('code="internal_error"');
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    expect(client.closed).toBeUndefined();
    await client.close();
  };

  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom('x'.repeat(5_000), '\ud800', -1, 1e300),
  );
  const extras = fc.array(fc.tuple(fc.constantFrom(...KEYS), value), { maxLength: 3 });
  const revision = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('HEAD', 'HEAD~9', '--output=x', '-'),
  );
  const call = fc.record(
    {
      name: fc.oneof(fc.constantFrom(...TOOLS), fc.string()),
      arguments: fc.oneof(
        value,
        revision.map((text) => ({ repo_path: repository.path, revision: text, target: text })),
        fc.constant({ repo_path: '/etc' }),
      ),
    },
    { requiredKeys: [] },
  );
  // As text, so that `__proto__` stays a key and a key may come twice.
  const message = (id: string) =>
    fc.tuple(fc.constantFrom(...TYPES), fc.oneof(call, value), extras).map(([type, params, fields]) => {
      const all: [string, unknown][] = [...fields, ['params', params], ['type', type], ['id', id]];
      return `{${all.map(([key, field]) => `${JSON.stringify(key)}:${JSON.stringify(field)}`).join()}}`;
    });

  it('answers each of 600 fuzzed messages once, under its id', async () => {
    let count = 0;

    await fc.assert(
      fc.asyncProperty(
        fc.constant(null).chain(() => message(`f${(count += 1)}`)),
        async (frame) => {
          const { id } = JSON.parse(frame) as { id: string };

          expect((await answerTo(frame)).id).toBe(id);
        },
      ),
      { numRuns: 600 },
    );
    await expectHealthy();
  }, 120_000);

  it('answers each of 400 frames that are damaged or no message at all', async () => {
    const damaged = fc
      .tuple(message('damaged'), fc.nat(), fc.nat({ max: 8 }), fc.string({ unit: 'binary', maxLength: 4 }))
      .map(([frame, at, gone, put]) => {
        const place = at % frame.length;
        return frame.slice(0, place) + put + frame.slice(place + gone);
      });
    const frame = fc.oneof(
      damaged,
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.constantFrom('', '[[[', '"', 'null'),
    );

    await fc.assert(
      fc.asyncProperty(frame, async (text) => {
        expect(await answerTo(text)).toMatchObject({ type: expect.any(String) });
      }),
      { numRuns: 400 },
    );
    await expectHealthy();
  }, 120_000);

  it('outlives any bytes on a WebSocket, and those who speak properly do not notice', async () => {
    const port = Number(new URL(server.url).port);

    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const socket = await rawWebSocket(port);
        socket.write(bytes);

        expect((await client.request('ping')).type).toBe('pong');
        socket.destroy();
      }),
      { numRuns: 200 },
    );
    await expectHealthy();
  }, 120_000);
});

import { request } from 'node:http';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ServerProcess } from '../support/server-process.js';

const PING = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
});

interface Answer {
  readonly status: number | undefined;
  readonly session: string;
  readonly body: string;
}

describe('POST /mcp', () => {
  let repository: GitRepository;
  let server: ServerProcess;

  beforeAll(async () => {
    repository = new GitRepository();
    server = await ServerProcess.start({ env: { MCP_GIT_REPOSITORY: repository.root } });
  });

  afterAll(async () => {
    await server?.stop();
    repository?.remove();
  });

  // Not fetch: it does not let the Host header be set.
  function send(body: string, headers: Record<string, string> = {}, method = 'POST'): Promise<Answer> {
    const kind = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
    return new Promise((resolve, reject) => {
      const options = { method, headers: { ...kind, ...headers } };
      const outgoing = request(`${server.url}/mcp`, options, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          const session = String(response.headers['mcp-session-id']);
          resolve({ status: response.statusCode, session, body: text });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  it('answers malformed JSON with the parse error of JSON-RPC', async () => {
    const { status, body } = await send('{"jsonrpc":');

    expect(status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32700 } });
  });

  it('answers 404 for a session that is over', async () => {
    const { session } = await send(INITIALIZE);
    const live = await send(PING, { 'mcp-session-id': session });
    await send('', { 'mcp-session-id': session }, 'DELETE');

    const { status, body } = await send(PING, { 'mcp-session-id': session });

    expect(live.status).toBe(200);
    expect(status).toBe(404);
    expect(JSON.parse(body)).toMatchObject({ jsonrpc: '2.0', error: { code: -32001 } });
  });

  it.each([
    ['Origin', { origin: 'https://evil.example' }],
    ['Origin that is null', { origin: 'null' }],
    ['Host', { host: 'evil.example' }],
  ])('answers 403 for a foreign %s', async (_, headers) => {
    expect((await send(INITIALIZE, headers)).status).toBe(403);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { TokenIssuer, type TokenOptions } from '../support/token-issuer.js';
import { TestClient } from '../support/test-client.js';
import { TestServer } from '../support/test-server.js';

const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

describe('A server that trusts an authorization server', () => {
  let issuer: TokenIssuer;
  let server: TestServer;
  let clients: TestClient[];

  beforeAll(async () => {
    clients = [];
    issuer = await TokenIssuer.start();
    server = await TestServer.start({ settings: { auth: issuer.config({ clockTolerance: 0 }) } });
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });

  afterAll(async () => {
    await server.stop();
    await issuer.stop();
  });

  const sign = (options: TokenOptions = {}) =>
    issuer.sign({ scope: 'git:read', expiresAt: inSeconds(60), ...options });

  async function connect(options = {}): Promise<TestClient> {
    const client = await TestClient.connect(server.url, options);
    clients.push(client);
    return client;
  }

  it('lets in who shows a token at the upgrade, with the tools of its scopes', async () => {
    const client = await connect(bearer(await sign()));

    const { result } = await client.request('tools/list');

    const names = (result.tools as { name: string }[]).map(({ name }) => name);
    expect(names).toContain('git_status');
    expect(names).not.toContain('git_commit');
  });

  it('answers the upgrade with 401 where the token is wrong, and with 503 where nobody can say', async () => {
    const wrong = await TestClient.refused(server.url, bearer(await sign({ audience: 'other' })));
    const other = await TokenIssuer.start();
    const apart = await TestServer.start({ settings: { auth: other.config() } });
    const token = await other.sign({ expiresAt: inSeconds(60) });
    await other.stop();
    const unknown = await TestClient.refused(apart.url, bearer(token));
    await apart.stop();

    expect(wrong.status).toBe(401);
    expect(wrong.headers['www-authenticate']).toBe('Bearer');
    expect(unknown.status).toBe(503);
    expect(JSON.parse(unknown.body)).toMatchObject({ error: { code: 'temporary_resource_unavailable' } });
  });

  it('serves nothing but ping and initialize before a token came', async () => {
    const client = await connect();

    expect(await client.request('tools/list')).toMatchObject({ error: { code: 'forbidden' } });
    const token = await sign();
    expect(await client.request('initialize', { params: { token } })).toMatchObject({
      type: 'initialize/result',
      result: { state: 'ACTIVE' },
    });
    expect((await client.request('tools/list')).type).toBe('tools/list/result');
  });

  it('lets a subject go on with a newer token of its own, and nobody else', async () => {
    const client = await connect(bearer(await sign()));
    const newer = await sign({ scope: 'git:read git:write', claims: { jti: '2' } });
    const stranger = await sign({ subject: 'eve' });

    expect((await client.request('initialize', { params: { token: newer } })).type).toBe('initialize/result');
    const { result } = await client.request('tools/list');
    expect((result.tools as { name: string }[]).map(({ name }) => name)).toContain('git_commit');
    expect(await client.request('initialize', { params: { token: stranger } })).toMatchObject({
      error: { code: 'forbidden' },
    });
  });

  it('closes a socket whose token in initialize is wrong', async () => {
    const client = await connect();

    await client.request('initialize', {
      params: { token: await sign({ issuer: 'https://other.example.org' }) },
    });

    expect(await client.closing()).toMatchObject({ code: 4401 });
  });

  it.each(['', '/mcp'])(
    'tells where tokens come from at /.well-known/oauth-protected-resource%s',
    async (path) => {
      const response = await fetch(
        `http://127.0.0.1:${server.port}/.well-known/oauth-protected-resource${path}`,
      );

      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({
        resource: 'https://git.example.org/mcp',
        authorization_servers: [issuer.url],
        scopes_supported: ['git:read', 'git:write', 'git:network', 'admin'],
        resource_name: 'mcp-git-server',
        bearer_methods_supported: ['header'],
      });
    },
  );
});

describe('A server that trusts nobody', () => {
  it('has no metadata to show', async () => {
    const server = await TestServer.start();

    const { status } = await fetch(`http://127.0.0.1:${server.port}/.well-known/oauth-protected-resource`);

    expect(status).toBe(404);
    await server.stop();
  });
});

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, describe, expect, it } from 'vitest';

import { type AuthConfig, ToolsConfig } from '../../src/config/sections/index.js';
import { TokenIssuer } from '../support/token-issuer.js';
import { TestServer } from '../support/test-server.js';

const ERAS = ['2025-11-25', '2026-07-28'] as const;
const LEAN = ['discover_tools', 'get_tool_spec', 'execute_tool'];

describe.each(ERAS)('MCP over HTTP in the era %s', (era) => {
  let server: TestServer;
  let client: Client;
  let issuer: TokenIssuer | undefined;

  async function start(tools: Partial<ToolsConfig> = {}, auth?: AuthConfig): Promise<void> {
    const settings = { tools: Object.assign(new ToolsConfig(), tools), ...(auth && { auth }) };
    server = await TestServer.start({ settings });
  }

  async function connect(headers: Record<string, string> = {}, experimental?: object): Promise<void> {
    const options = {
      ...(era === '2026-07-28' && { versionNegotiation: { mode: { pin: era } } }),
      ...(experimental && { capabilities: { experimental: { 'mcp-git-server/tools': experimental } } }),
    };
    client = new Client({ name: 'test', version: '1' }, options as object);
    const url = new URL(`http://127.0.0.1:${server.port}/mcp`);
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
  }

  const names = async () => (await client.listTools()).tools.map(({ name }) => name);

  afterEach(async () => {
    await client.close();
    await server.stop();
    await issuer?.stop();
    issuer = undefined;
  });

  it('lists what the configuration offers, and refuses the rest', async () => {
    await start({ toolsets: ['inspect'] });
    await connect();

    expect(await names()).not.toContain('git_commit');
    expect(await client.callTool({ name: 'git_commit', arguments: {} })).toMatchObject({
      isError: true,
      _meta: { 'mcp-git-server/error': { code: 'forbidden', details: { reason: 'not_selected' } } },
    });
  });

  it('lists less to a client that asks for less in its headers', async () => {
    await start();
    await connect({ 'X-MCP-Toolsets': 'change,integrate', 'X-MCP-Exclude-Tools': 'git_init,git_add' });

    const listed = await names();

    expect(listed).toContain('git_merge');
    expect(listed).not.toContain('git_init');
    expect(listed).not.toContain('git_status');
  });

  it('lists three tools in lean mode, asked for in a header or among the capabilities', async () => {
    await start();
    await connect({ 'X-MCP-Tool-Mode': 'lean' });
    expect(await names()).toEqual(LEAN);
    await client.close();

    await connect({}, { mode: 'lean', read_only: true });

    expect(await names()).toEqual(LEAN);
    const found = await client.callTool({ name: 'discover_tools', arguments: { limit: 50 } });
    expect(JSON.stringify(found.structuredContent)).toContain('"git_status"');
    expect(JSON.stringify(found.structuredContent)).not.toContain('"git_commit"');
  });

  it('says so where the capabilities ask for what does not exist', async () => {
    await start();
    await connect({}, { toolsets: ['inspekt'] });

    await expect(client.listTools()).rejects.toMatchObject({ code: -32602 });
  });

  it('lists the tools of the scopes that a token of an authorization server carries', async () => {
    issuer = await TokenIssuer.start();
    await start({}, issuer.config());
    const token = await issuer.sign({ scope: 'git:read', expiresAt: Math.floor(Date.now() / 1_000) + 60 });
    await connect({ Authorization: `Bearer ${token}` });

    const listed = await names();

    expect(listed).toContain('git_status');
    expect(listed).not.toContain('git_commit');
  });
});

describe('/mcp behind an authorization server', () => {
  it('challenges who has no token, and tells where tokens come from', async () => {
    const issuer = await TokenIssuer.start();
    const server = await TestServer.start({ settings: { auth: issuer.config() } });
    const token = await issuer.sign({ expiresAt: 1 });
    const post = (headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${server.port}/mcp`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: '{}',
      });

    const answers = await Promise.all([
      post({}),
      post({ Authorization: 'Basic eDp5' }),
      post({ Authorization: `Bearer ${token}` }),
    ]);

    for (const { status, headers } of answers) {
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toMatch(
        /^Bearer error="invalid_token", .*scope="git:read", resource_metadata="https:\/\/git\.example\.org\/\.well-known\/oauth-protected-resource\/mcp"$/,
      );
    }
    await server.stop();
    await issuer.stop();
  });

  it('keeps a session for a newer token of its subject, with the newer scopes, and for nobody else', async () => {
    const issuer = await TokenIssuer.start();
    const server = await TestServer.start({ settings: { auth: issuer.config() } });
    const sign = (subject: string, scope: string) =>
      issuer.sign({ subject, scope, expiresAt: Math.floor(Date.now() / 1_000) + 60 });
    let token = await sign('ada', 'git:read');
    const client = new Client({ name: 'test', version: '1' });
    const transport = new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${server.port}/mcp`), {
      authProvider: { token: () => Promise.resolve(token) },
    });
    await client.connect(transport);
    const before = (await client.listTools()).tools.map(({ name }) => name);

    token = await sign('ada', 'git:write');
    const after = (await client.listTools()).tools.map(({ name }) => name);

    expect(before).not.toContain('git_commit');
    expect(after).toContain('git_commit');
    expect(after).not.toContain('git_status');
    token = await sign('eve', 'git:read');
    await expect(client.listTools()).rejects.toMatchObject({ status: 404 });
    await client.close();
    await server.stop();
    await issuer.stop();
  });
});

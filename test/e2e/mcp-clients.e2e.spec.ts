import { fileURLToPath } from 'node:url';

import { createMCPClient } from '@ai-sdk/mcp';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as FirstHttpTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { WebSocketClientTransport as FirstWebSocketTransport } from '@modelcontextprotocol/sdk/client/websocket.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';

import { type GitRepository } from '../support/git-repository.js';
import { connect, ERAS, stdioCommand, WAYS_IN } from '../support/mcp/doors.js';
import { inspect, type Inspection } from '../support/mcp/inspector.js';
import { asGitSays, asTold, changedRepository, type SeenRepository } from '../support/mcp/seen-repository.js';
import { ServerProcess } from '../support/server-process.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const PROXY = fileURLToPath(new URL('../../node_modules/mcp-remote/dist/proxy.js', import.meta.url));

/** The Inspector is started for each question, and over stdio a server for each Inspector. */
const INSPECTOR_LIMIT_MS = 120_000;

/** Every client is of the same shape where it matters: it lists tools and calls them. */
interface AnyClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<object>;
}

describe('Clients in use by others', () => {
  let repository: GitRepository;
  let server: ServerProcess;

  beforeAll(async () => {
    repository = changedRepository();
    server = await ServerProcess.start({ env: { MCP_GIT_REPOSITORY: repository.root } });
  });

  afterAll(async () => {
    await server?.stop();
    repository?.remove();
  });

  async function seenBy(client: AnyClient): Promise<SeenRepository> {
    const { tools } = await client.listTools();
    return asTold({
      tools: tools.map(({ name }) => name),
      status: await structured(client, 'git_status'),
      log: await structured(client, 'git_log'),
    });
  }

  async function structured(client: AnyClient, name: string): Promise<unknown> {
    const result = await client.callTool({ name, arguments: { repo_path: repository.path } });
    if ('isError' in result) throw new Error(JSON.stringify(result));
    return (result as { structuredContent: unknown }).structuredContent;
  }

  it.each(WAYS_IN)('the SDK, version 2, over $door in $era', async ({ door, era }) => {
    const { client } = await connect({ door, era, server, root: repository.root });
    try {
      expect(client.getNegotiatedProtocolVersion()).toBe(era);
      expect(await seenBy(client)).toEqual(asGitSays(repository));
    } finally {
      await client.close();
    }
  });

  it('the SDK, version 1, over HTTP', async () => {
    const client = new FirstClient({ name: 'test', version: '1' });
    try {
      await client.connect(new FirstHttpTransport(new URL('/mcp', server.url)) as never);
      expect(await seenBy(client as AnyClient)).toEqual(asGitSays(repository));
    } finally {
      await client.close();
    }
  });

  it('the SDK, version 1, over its WebSocket transport', async () => {
    // It expects the class of browsers, which Node has from version 22 on.
    vi.stubGlobal('WebSocket', WebSocket);
    const client = new FirstClient({ name: 'test', version: '1' });
    try {
      await client.connect(new FirstWebSocketTransport(new URL(server.webSocketUrl)));
      expect(await seenBy(client as AnyClient)).toEqual(asGitSays(repository));
    } finally {
      await client.close();
      vi.unstubAllGlobals();
    }
  });

  it('the AI SDK', async () => {
    const client = await createMCPClient({ transport: { type: 'http', url: `${server.url}/mcp` } });
    try {
      const tools = await client.tools();
      const call = async (name: string) => {
        const options = { toolCallId: name, messages: [], context: undefined };
        const result = await tools[name]?.execute?.({ repo_path: repository.path }, options as never);
        return (result as { structuredContent: unknown }).structuredContent;
      };
      const told = {
        tools: Object.keys(tools),
        status: await call('git_status'),
        log: await call('git_log'),
      };
      expect(asTold(told)).toEqual(asGitSays(repository));
    } finally {
      await client.close();
    }
  });

  it('mcp-remote, which brings HTTP to clients that only start processes', async () => {
    const home = new TemporaryFolder();
    const client = new Client({ name: 'test', version: '1' });
    try {
      const args = [PROXY, `${server.url}/mcp`, '--transport', 'http-only', '--allow-http'];
      const env = { HOME: home.path, MCP_REMOTE_CONFIG_DIR: home.path, PATH: process.env['PATH'] ?? '' };
      await client.connect(
        new StdioClientTransport({ command: process.execPath, args, env, stderr: 'ignore' }),
      );
      expect(await seenBy(client)).toEqual(asGitSays(repository));
    } finally {
      await client.close();
      home.remove();
    }
  });

  describe('the command line of the MCP Inspector', () => {
    let home: TemporaryFolder;

    beforeAll(() => {
      home = new TemporaryFolder();
    });

    afterAll(() => home.remove());

    async function seenByInspector(
      target: readonly string[],
      era: Inspection['era'],
    ): Promise<SeenRepository> {
      const inspection = { target, era, home: home.path };
      const call = async (tool: string) => {
        const path = `repo_path=${repository.path}`;
        const words = ['--method', 'tools/call', '--tool-name', tool, '--tool-arg', path];
        return (await inspect(inspection, words)) as { structuredContent: unknown };
      };
      const listed = (await inspect(inspection, ['--method', 'tools/list'])) as { tools: { name: string }[] };
      return asTold({
        tools: listed.tools.map(({ name }) => name),
        status: (await call('git_status')).structuredContent,
        log: (await call('git_log')).structuredContent,
      });
    }

    it.each(ERAS)(
      'over HTTP in %s',
      async (era) => {
        expect(await seenByInspector([`${server.url}/mcp`], era)).toEqual(asGitSays(repository));
      },
      INSPECTOR_LIMIT_MS,
    );

    it.each(ERAS)(
      'over stdio in %s',
      async (era) => {
        const { command, args } = stdioCommand(repository.root);

        expect(await seenByInspector([command, ...args], era)).toEqual(asGitSays(repository));
      },
      INSPECTOR_LIMIT_MS,
    );
  });
});

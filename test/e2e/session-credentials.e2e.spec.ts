import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ListeningForge, textBelow } from '../support/attacks/listening-forge.js';
import { GitRepository } from '../support/git-repository.js';
import { connect, ERAS } from '../support/mcp/doors.js';
import { ServerProcess } from '../support/server-process.js';
import { type Frame, TestClient } from '../support/test-client.js';

const SECRET = 'hunter2-of-a-session';
const basic = (user: string) => Buffer.from(`${user}:${SECRET}`).toString('base64');

describe('Credentials that a session brings', () => {
  let repository: GitRepository;
  let forge: ListeningForge;
  let server: ServerProcess;
  let home: string;
  let answers = '';
  let stored = '';
  let env: Record<string, string>;

  beforeAll(async () => {
    repository = new GitRepository();
    repository.commit('one');
    forge = await ListeningForge.start();
    repository.git(['remote', 'add', 'origin', `http://${forge.host}/x.git`]);
    home = join(realpathSync(repository.root), 'home');
    mkdirSync(home);
    env = {
      MCP_GIT_REPOSITORY: repository.path,
      MCP_GIT_GIT_REMOTE_ALLOW_PRIVATE_ADDRESSES: 'true',
      MCP_GIT_GIT_REMOTE_PROTOCOLS: 'http',
      MCP_GIT_LOG_LEVEL: 'debug',
    };
    server = await ServerProcess.start({
      env: { ...env, MCP_GIT_SESSIONS_STORE_PATH: join(home, 'store') },
    });
  });

  afterAll(async () => {
    await server?.stop();
    await forge?.close();
    repository?.remove();
  });

  const credentials = (username: string) => [{ host: forge.host, username, secret: SECRET }];
  const fetchArguments = () => ({ name: 'git_fetch', arguments: { repo_path: repository.path } });
  const fetch = async (client: TestClient): Promise<Frame> => {
    const frame = await client.request('tools/call', { params: fetchArguments() });
    answers += JSON.stringify(frame);
    return frame;
  };
  const mcpFetch = async (client: Client) => {
    answers += JSON.stringify(await client.callTool(fetchArguments()));
    await client.close();
  };

  it('are shown to their host by its own calls, and by nobody else’s', async () => {
    const [ada, bob, none] = await Promise.all([1, 2, 3].map(() => TestClient.connect(server.webSocketUrl)));
    if (!ada || !bob || !none) throw new Error('not connected');
    const capabilities = { resume: true };
    answers += JSON.stringify(
      await ada.request('initialize', { params: { credentials: credentials('ada'), capabilities } }),
    );
    await bob.request('initialize', { params: { credentials: credentials('bob') } });

    await fetch(none);
    expect(forge.shown()).toEqual([undefined]);
    await fetch(ada);
    expect(forge.shown()).toContain(`Basic ${basic('ada')}`);
    await Promise.all([fetch(ada), fetch(bob), fetch(none)]);
    expect(new Set(forge.shown())).toEqual(
      new Set([undefined, ...['ada', 'bob'].map((user) => `Basic ${basic(user)}`)]),
    );
    await bob.request('initialize', { params: { credentials: [] } });
    await fetch(bob);
    expect(forge.shown()).toEqual([undefined]);
    stored = textBelow(home);
    await Promise.all([ada, bob, none].map((client) => client.close()));
  });

  it('come as a header over HTTP, in both eras', async () => {
    for (const era of ERAS) {
      const mode = era === '2025-11-25' ? ('legacy' as const) : { pin: era };
      const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
      const headers = { 'X-MCP-Git-Credentials': `${forge.host} ${basic(`http${era}`)}` };
      await client.connect(
        new StreamableHTTPClientTransport(new URL('/mcp', server.url), { requestInit: { headers } }),
      );
      await mcpFetch(client);

      expect(forge.shown()).toContain(`Basic ${basic(`http${era}`)}`);
    }
  });

  it.each(['websocket', 'stdio'] as const)('come with the capabilities over %s', async (door) => {
    for (const era of ERAS) {
      const experimental = { 'mcp-git-server/credentials': { hosts: credentials(`${door}${era}`) } };
      const options = { capabilities: { experimental } };
      const { client } = await connect({ door, era, server, root: repository.path, env, options });
      await mcpFetch(client);

      expect(forge.shown()).toContain(`Basic ${basic(`${door}${era}`)}`);
    }
  });

  it.each([
    ['a host with a path', { host: 'example.org/x', secret: 'x' }],
    ['a secret of two lines', { host: 'example.org', secret: `${SECRET}\nX-Evil: 1` }],
    ['a name with a colon', { host: 'example.org', username: 'a:b', secret: 'x' }],
    ['no secret', { host: 'example.org' }],
  ])('are refused with %s, and nothing of them is told', async (_title, credential) => {
    const client = await TestClient.connect(server.webSocketUrl);
    const frame = await client.request('initialize', { params: { credentials: [credential] } });
    await client.close();

    expect(frame).toMatchObject({ type: 'error', error: { code: 'validation_failed' } });
    expect(JSON.stringify(frame)).not.toContain(SECRET);
  });

  it('stand nowhere: in no command line, environment, log, answer, repository or stored session', () => {
    const places = {
      commandLines: forge.commandLines,
      environments: forge.environments,
      logs: server.logs,
      answers,
      repository: textBelow(join(repository.path, '.git')),
      stored: stored + textBelow(home),
    };

    expect(forge.commandLines).toContain('git-remote-http');
    expect(forge.environments).toContain(`MCP_GIT_ASKPASS_ORIGIN=http://${forge.host}`);
    expect(stored).toContain('wants some and has none');
    for (const [name, text] of Object.entries(places)) {
      expect([name, text.includes(SECRET) || text.includes(basic('ada').slice(6))]).toEqual([name, false]);
    }
  });
});

describe('A server that wants none of them', () => {
  it('refuses them', async () => {
    const server = await ServerProcess.start({ env: { MCP_GIT_GIT_REMOTE_SESSION_CREDENTIALS: 'false' } });
    const client = await TestClient.connect(server.webSocketUrl);
    const frame = await client.request('initialize', {
      params: { credentials: [{ host: 'example.org', secret: 'x' }] },
    });
    await client.close();
    await server.stop();

    expect(frame).toMatchObject({
      error: { code: 'forbidden', details: { setting: 'git.remote.sessionCredentials' } },
    });
  });
});

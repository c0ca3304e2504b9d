import { once } from 'node:events';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { AdminClient } from '../support/admin-client.js';
import { runCli } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { ServerProcess } from '../support/server-process.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { TestClient } from '../support/test-client.js';

describe('Debugging a running server', () => {
  let folder: TemporaryFolder;
  let server: ServerProcess | undefined;

  beforeEach(() => {
    folder = new TemporaryFolder();
  });

  afterEach(async () => {
    await server?.stop();
    server = undefined;
    folder.remove();
  });

  it('SIGUSR2 to the supervisor logs everything, and the next one ends that', async () => {
    server = await ServerProcess.start({ supervised: true, env: { HOME: folder.path } });
    const admin = new AdminClient(server.url);
    const level = async () => (await admin.get('/admin/log-levels')).body.level as string;
    const before = await level();

    process.kill(server.pid, 'SIGUSR2');
    await eventually(async () => expect(await level()).toBe('debug'));
    process.kill(server.pid, 'SIGUSR2');

    await eventually(async () => expect(await level()).toBe(before));
  });

  it('MCP_DEBUG_BREAKPOINT stops at the type of message that it names, on loopback, once somebody is attached', async () => {
    const env = { HOME: folder.path, MCP_DEBUG_BREAKPOINT: 'session/get' };
    server = await ServerProcess.start({ env });
    const inspector = /ws:\/\/127\.0\.0\.1:\d+\/[\w-]+/.exec(server.logs)?.[0] ?? '';
    const client = await TestClient.connect(server.webSocketUrl);
    await client.request('session/get');
    const debug = new WebSocket(inspector);
    await once(debug, 'open');
    const paused = new Promise((resolve) => {
      debug.on('message', (data) => {
        if ((JSON.parse(String(data)) as { method?: string }).method === 'Debugger.paused') resolve(true);
      });
    });
    debug.send(JSON.stringify({ id: 1, method: 'Debugger.enable' }));
    await once(debug, 'message');

    const answered = client.request('session/get');
    await paused;
    debug.send(JSON.stringify({ id: 2, method: 'Debugger.resume' }));

    expect((await answered).type).toBe('session/get/result');
    debug.terminate();
    await client.close();
  });

  it.each([
    ['production', 'session/get', /the profile production does not allow/],
    ['development', 'no/such', /names no type of message: .*tools\/call/],
  ])('MCP_DEBUG_BREAKPOINT is refused in the profile %s for %s', async (profile, type, reason) => {
    const tokens = JSON.stringify([{ name: 'me', sha256: 'a'.repeat(64), scopes: ['git:read'] }]);
    const { code, stderr } = await runCli(['serve', '--port', '0', '--profile', profile], {
      env: {
        HOME: folder.path,
        MCP_DEBUG_BREAKPOINT: type,
        MCP_GIT_AUTH_TOKENS: tokens,
        MCP_GIT_SERVER_SUPERVISED: 'false',
      },
    });

    expect(code).toBe(1);
    expect(stderr).toMatch(reason);
  });
});

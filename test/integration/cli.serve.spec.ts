import { afterEach, describe, expect, it } from 'vitest';

import { isAlive, ServerProcess } from '../support/server-process.js';

describe('mcp-git-server serve', () => {
  let server: ServerProcess | undefined;

  afterEach(async () => {
    await server?.stop('SIGKILL');
  });

  it('prints one line with its address on which it answers', async () => {
    server = await ServerProcess.start();

    const { status } = await fetch(`${server.url}/health/live`);

    expect(status).toBe(200);
    expect(server.logs.split('\n').filter((line) => line.startsWith('mcp-git-server '))).toHaveLength(1);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends with 0 after %s and leaves no process behind',
    async (signal) => {
      server = await ServerProcess.start();
      await fetch(`${server.url}/health/live`);
      const children = server.descendants();

      const code = await server.stop(signal);

      expect(code).toBe(0);
      expect(children.filter(({ pid }) => isAlive(pid))).toEqual([]);
    },
  );

  it('logs what is questionable in its configuration', async () => {
    server = await ServerProcess.start({ env: { MCP_GIT_LOG_LEVLE: 'debug' } });

    expect(server.logs).toContain('did you mean MCP_GIT_LOG_LEVEL?');
  });
});

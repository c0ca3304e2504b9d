import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestServer } from '../support/test-server.js';

describe('WebSocket clients that others wrote', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start();
  });

  afterAll(() => server.stop());

  it.each(['websockets', 'wsproto'])('python3-%s is served and sees no fault', async (name) => {
    const script = fileURLToPath(new URL(`./clients/${name}_client.py`, import.meta.url));

    const { stdout } = await promisify(execFile)('/usr/bin/python3', [script, server.url], {
      timeout: 25_000,
    });

    expect(JSON.parse(stdout)).toEqual({
      text: 'wörds ✓',
      fragments: 'fragments',
      large: 'large',
      ping: true,
      close: 1000,
      binary: 1003,
      too_big: 1009,
      subprotocol: 'mcp',
    });
  });
});

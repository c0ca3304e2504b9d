import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { describeListenFailure } from './listen-failure.js';
import { findPortHolder } from './port-holder.js';

const failure = (code: string) => Object.assign(new Error(`listen ${code}`), { code });

describe('a port that is taken', () => {
  let holder: Server;
  let port: number;

  beforeEach(async () => {
    holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    ({ port } = holder.address() as AddressInfo);
  });

  afterEach(async () => {
    holder.close();
    await once(holder, 'close');
  });

  it.runIf(process.platform === 'linux')(
    'is traced to the process that holds it, without its arguments',
    async () => {
      const found = await findPortHolder(port);

      expect(found?.pid).toBe(process.pid);
      expect(found?.command.split(' ').length).toBeLessThanOrEqual(2);
    },
  );

  it.runIf(process.platform === 'linux')('is explained in one line with the way out', async () => {
    const text = await describeListenFailure(failure('EADDRINUSE'), '127.0.0.1', port);

    expect(text).toContain(`port ${port} on 127.0.0.1 is held by `);
    expect(text).toContain(`(process ${process.pid})`);
    expect(text).toContain(`MCP_GIT_PORT=${port + 1}`);
    expect(text).not.toContain('\n');
  });
});

describe('describeListenFailure', () => {
  it('says so where the holder of the port is not shown to this user', async () => {
    // Nothing listens on port 0, so no process is ever found behind it.
    const text = await describeListenFailure(failure('EADDRINUSE'), '127.0.0.1', 0);

    expect(text).toContain('a process that this user is not allowed to see');
  });

  it('does not propose a port above the last one', async () => {
    expect(await describeListenFailure(failure('EADDRINUSE'), '::', 65_535)).toContain('MCP_GIT_PORT=65534');
  });

  it.each([
    ['EACCES', 'MCP_GIT_PORT=8080'],
    ['EADDRNOTAVAIL', 'MCP_GIT_HOST=127.0.0.1'],
    ['ENOTFOUND', 'cannot be resolved'],
    ['EAI_AGAIN', 'cannot be resolved'],
    ['EOTHER', 'listen EOTHER'],
  ])('tells what to do about %s', async (code, advice) => {
    expect(await describeListenFailure(failure(code), 'host.example', 80)).toContain(advice);
  });
});

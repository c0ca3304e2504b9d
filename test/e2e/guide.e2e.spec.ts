import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ServerProcess } from '../support/server-process.js';

const run = promisify(execFile);

// The troubleshooting guide's own snippet; only the address is ours.
const CONNECTION_TEST = `
import asyncio, json, sys
import websockets

async def test_connection():
    async with websockets.connect(sys.argv[1]) as websocket:
        test_msg = json.loads(sys.argv[2])
        await websocket.send(json.dumps(test_msg))
        response = await websocket.recv()
        print(response)

asyncio.run(test_connection())
`;

describe("The troubleshooting guide's checks", () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await ServerProcess.start();
  });

  afterAll(async () => {
    await server.stop();
  });

  const sendAndReceive = async (message: object): Promise<unknown> => {
    const address = server.webSocketUrl.replace('127.0.0.1', 'localhost');
    const { stdout } = await run('/usr/bin/python3', [
      '-c',
      CONNECTION_TEST,
      address,
      JSON.stringify(message),
    ]);
    return JSON.parse(stdout);
  };

  it('answers the Python client that connects, pings and reads one frame', async () => {
    const answer = await sendAndReceive({ type: 'ping', id: 'test_123' });

    expect(answer).toEqual({ type: 'pong', id: 'test_123', timestamp: expect.stringMatching(/^\d{4}-.*Z$/) });
  });

  it('accepts its notifications/cancelled example', async () => {
    const answer = await sendAndReceive({
      type: 'notifications/cancelled',
      id: 'test_123',
      request_id: 'req_456',
    });

    expect(answer).toEqual({
      type: 'notifications/cancelled/ack',
      id: 'test_123',
      request_id: 'req_456',
      cancelled: false,
    });
  });

  it('passes curl -f on /health', async () => {
    const { stdout } = await run('curl', ['-sf', `${server.url.replace('127.0.0.1', 'localhost')}/health`]);

    expect(JSON.parse(stdout)).toMatchObject({ status: expect.stringMatching(/^(ok|degraded)$/) });
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { BusyServer } from '../support/busy-server.js';
import { type Frame, TestClient } from '../support/test-client.js';

describe('A read by the envelope of a server that is busy', () => {
  let busy: BusyServer;
  let client: TestClient;

  const read = (id: string, fields: object = {}): Promise<Frame> => {
    const params = { name: 'git_status', arguments: { repo_path: busy.repository.path } };
    client.send({ type: 'tools/call', id, params, ...fields });
    return client.answer(id);
  };

  beforeEach(async () => {
    busy = await BusyServer.start();
    client = await TestClient.connect(busy.server.url);
  });

  afterEach(async () => {
    await client.close();
    await busy.stop();
  });

  it('is served when it has a place, and tells how long it waited', async () => {
    const reading = read('a', {
      params: { name: 'git_status', arguments: { repo_path: busy.repository.path }, trace: true },
    });
    await busy.waiting(1);
    await new Promise((resolve) => setTimeout(resolve, 50));

    await busy.free();

    const answer = await reading;
    expect(answer['result'].structuredContent).toMatchObject({ branch: 'main' });
    expect(answer['trace'].queue_ms).toBeGreaterThanOrEqual(49);
    expect(answer['trace'].total_ms).toBeGreaterThanOrEqual(answer['trace'].queue_ms);
  });

  it('leaves the queue when it is cancelled', async () => {
    const reading = read('a');
    await busy.waiting(1);

    const ack = await client.request('notifications/cancelled', { request_id: 'a' });

    expect(ack['cancelled']).toBe(true);
    expect((await reading)['error'].code).toBe('operation_cancelled');
    await busy.waiting(0);
  });

  it('waits no longer than its caller wants', async () => {
    const answer = await read('a', { timeout_ms: 30 });

    expect(answer['error']).toMatchObject({ code: 'operation_timeout', details: { timeout_ms: 30 } });
    await busy.waiting(0);
  });

  it('goes on where its session is paused meanwhile', async () => {
    const reading = read('a');
    await busy.waiting(1);

    await client.request('session/pause');
    await busy.free();

    expect((await reading)['result'].structuredContent).toMatchObject({ branch: 'main' });
  });

  it('leaves the queue with its connection where it came by MCP, whatever becomes of the session', async () => {
    const both = await TestClient.begin(busy.server.url, { capabilities: { resume: true } });
    const clientInfo = { name: 'test', version: '1' };
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
    both.send({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
    await both.take((frame) => Number(frame['id']) === 1);
    const called = { name: 'git_status', arguments: { repo_path: busy.repository.path } };
    both.send({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: called });
    await busy.waiting(1);

    await both.cut();

    await expect(busy.waiting(0)).resolves.toBeUndefined();
  });

  it('leaves the queue with its session', async () => {
    client.send({
      type: 'tools/call',
      id: 'a',
      params: { name: 'git_status', arguments: { repo_path: busy.repository.path } },
    });
    await busy.waiting(1);

    await client.close();

    await expect(busy.waiting(0)).resolves.toBeUndefined();
  });
});

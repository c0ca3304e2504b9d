import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { RecoveryModule } from '../../src/recovery/recovery.module.js';
import { BreakerRegistry } from '../../src/resilience/breaker/breaker.registry.js';
import { SessionRestorer } from '../../src/sessions/resume/session-restorer.service.js';
import { eventually } from '../support/eventually.js';
import { EchoTool, WaitTool } from '../support/probe.tools.js';
import { RedisServer } from '../support/redis-server.js';
import { TestClient } from '../support/test-client.js';
import { TestServer } from '../support/test-server.js';

const call = (name: string, args: object) => ({ params: { name, arguments: args } });
const echo = (text: string) => call('echo', { text });

describe('Sessions in Redis', () => {
  let redis: RedisServer;
  const servers: TestServer[] = [];
  const clients: TestClient[] = [];

  /** Of one name: the second is to the first what the next process is. */
  async function start(node = 'server', timeout = 500): Promise<TestServer> {
    const store = { kind: 'redis', url: redis.url, node, timeout } as const;
    const tools = [new EchoTool(), new WaitTool()];
    const server = await TestServer.start({
      settings: { sessions: { store } },
      tools,
      modules: [RecoveryModule],
    });
    servers.push(server);
    return server;
  }

  async function begin(server: TestServer): Promise<TestClient> {
    const client = await TestClient.begin(server.url);
    clients.push(client);
    return client;
  }

  async function resume(server: TestServer, before: Pick<TestClient, 'token' | 'seqs'>) {
    const found = await TestClient.resume(server.url, before);
    clients.push(found.client);
    return found;
  }

  beforeEach(async () => {
    redis = await RedisServer.start();
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    for (const server of servers.splice(0).toReversed()) await server.stop();
    await redis.stop();
  });

  it('go on in the next process with their frames, and what was never answered is answered once', async () => {
    const first = await start();
    const client = await begin(first);
    for (const text of ['a', 'b', 'c']) await client.request('tools/call', echo(text));
    client.send({ type: 'tools/call', id: 'long', ...call('wait', { ms: 60_000 }) });
    await client.request('tools/call', echo('d'));

    const second = await start();
    const { client: back, answer } = await resume(second, { token: client.token, seqs: [1, 2] });
    const interrupted = await back.answer('long');

    expect(answer['result'].resume).toMatchObject({ replayed: 3, lost: 0 });
    expect(interrupted).toMatchObject({ type: 'error', error: { code: 'operation_interrupted' } });
    expect(back.seqs).toEqual([1, 2, 3, 4, 5]);
  });

  it('are in Redis when their client is told the token that resumes them', async () => {
    const server = await start('server', 30_000);
    const written = async ({ token }: TestClient) => (await redis.command('LLEN', linesOf(token))) as number;
    await redis.command('CLIENT', 'PAUSE', '500', 'WRITE');

    const client = await begin(server);
    const fresh = await written(client);
    await client.cut();
    await eventually(async () => expect(await written(client)).toBeGreaterThan(fresh));
    const parked = await written(client);
    await redis.command('CLIENT', 'PAUSE', '500', 'WRITE');
    const { client: back } = await resume(server, client);
    const resumed = await written(back);

    expect(fresh).toBeGreaterThan(0);
    expect(resumed).toBeGreaterThan(parked);
  });

  it('begin without Redis where that takes nothing within its time', async () => {
    const server = await start('server', 50);
    await redis.command('CLIENT', 'PAUSE', '60000', 'WRITE');

    const client = await begin(server);
    const stored = await redis.command('EXISTS', linesOf(client.token));
    await redis.command('CLIENT', 'UNPAUSE');

    expect(stored).toBe(0);
    expect((await client.request('tools/call', echo('a'))).type).toBe('tools/call/result');
  });

  it('end at the server that had them when another one has them, with 4409', async () => {
    const first = await start();
    const client = await begin(first);
    await client.request('tools/call', echo('a'));
    const second = await start();

    client.send({ type: 'tools/call', id: 'late', ...echo('late') });

    expect((await client.closing()).code).toBe(4409);
    const { answer } = await resume(second, client);
    expect(answer['result'].resume).toMatchObject({ lost: 0 });
    await eventually(() => expect(first.sessions.size).toBe(0));
  });

  it('of a server that is gone are found by everybody who asks another one at the same time', async () => {
    const client = await begin(await start('one'));
    const { app } = await start('two');
    const id = client.token?.split('.')[0] ?? '';
    await redis.command('DEL', 'mcp-git:alive:one');

    const restorer = app.get(SessionRestorer);
    const found = await Promise.all([1, 2, 3].map(() => restorer.find(id, new AbortController().signal)));

    expect(found.map((session) => session?.id)).toEqual([id, id, id]);
    expect(await redis.command('SMEMBERS', 'mcp-git:owned:two')).toEqual([id]);
  });

  it('of a server that lives are not lost by asking another one: the client is told to come again', async () => {
    const first = await start('one');
    const client = await begin(first);
    const second = await start('two');

    const { answer } = await resume(second, client);

    expect(answer).toMatchObject({
      error: { code: 'temporary_resource_unavailable', retry_after_ms: 1_000 },
    });
    expect((await client.request('tools/call', echo('a'))).type).toBe('tools/call/result');
  });

  it('are set aside where they are damaged, left where a later release wrote them, and cost no other session', async () => {
    const first = await start();
    const [damaged, newer, whole] = [await begin(first), await begin(first), await begin(first)];
    const ids = [damaged, newer, whole].map(({ token = '' }) => token.split('.')[0] ?? '');
    await redis.command('RPUSH', `mcp-git:session:{${ids[0]}}:lines`, 'not what was written');
    await redis.command('RPUSH', `mcp-git:session:{${ids[1]}}:lines`, '9 00000000 Z{}');

    const second = await start();
    const answers = await Promise.all([damaged, newer, whole].map((client) => resume(second, client)));

    expect(answers[0]?.answer).toMatchObject({ error: { code: 'corrupted_session_state' } });
    expect(answers[1]?.answer).toMatchObject({ error: { code: 'session_expired' } });
    expect(answers[2]?.answer['result'].session_id).toBe(ids[2]);
    expect(await redis.command('EXISTS', `mcp-git:session:{${ids[0]}}:quarantine`)).toBe(1);
    expect(await redis.command('LLEN', `mcp-git:session:{${ids[1]}}:lines`)).toBeGreaterThan(1);
  });

  it('are served from memory while Redis is away, and written as a whole when it is back', async () => {
    const first = await start();
    const client = await begin(first);
    await client.request('tools/call', echo('before'));
    await redis.kill();

    for (let number = 0; number < 12; number += 1) {
      expect((await client.request('tools/call', echo(`away ${number}`))).type).toBe('tools/call/result');
    }
    const away = circuitOf(first);
    await redis.startAgain();
    await eventually(async () => {
      await client.request('tools/call', echo('back'));
      expect(circuitOf(first)).toBe('closed');
    });
    const second = await start();
    const { answer } = await resume(second, { token: client.token, seqs: [1] });

    expect(away).toBe('open');
    expect(answer['result'].resume).toEqual({
      token: expect.any(String),
      window_ms: expect.any(Number),
      replayed: client.seqs.length - 1,
      lost: 0,
    });
  });

  it('are not given up where Redis is silent when their client comes: it is told to come again', async () => {
    const first = await start();
    const client = await begin(first);
    await client.request('tools/call', echo('a'));
    await servers.pop()?.stop();
    const other = await start('other');
    redis.freeze();
    const early = await resume(other, client).finally(() => redis.thaw());

    expect(early.answer).toMatchObject({
      error: { code: 'temporary_resource_unavailable', retry_after_ms: 1_000 },
    });
    await eventually(async () => {
      const { answer } = await resume(other, client);
      expect(answer).toMatchObject({ type: 'initialize/result', result: { resume: { lost: 0 } } });
    });
  });

  it('are written when Redis is back, where none of them has anything to say', async () => {
    const client = await begin(await start());
    await redis.kill();
    await client.request('tools/call', echo('missed'));
    await redis.startAgain();

    await eventually(async () => expect(await redis.command('EXISTS', linesOf(client.token))).toBe(1));
    const { answer } = await resume(await start(), { token: client.token, seqs: [] });

    expect(answer['result'].resume).toMatchObject({ replayed: 1, lost: 0 });
  });

  it('do not wait for a Redis that is silent', async () => {
    const first = await start();
    const client = await begin(first);
    redis.freeze();
    try {
      for (let number = 0; number < 12; number += 1)
        await client.request('tools/call', echo(`silent ${number}`));

      expect(circuitOf(first)).toBe('open');
    } finally {
      redis.thaw();
    }
    await eventually(async () => {
      await client.request('tools/call', echo('back'));
      expect(circuitOf(first)).toBe('closed');
    });
  });
});

function linesOf(token = ''): string {
  return `mcp-git:session:{${token.split('.')[0]}}:lines`;
}

function circuitOf(server: TestServer): string {
  return server.app.get(BreakerRegistry, { strict: false }).get('session-store').status;
}

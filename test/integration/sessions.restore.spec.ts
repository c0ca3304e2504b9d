import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Drain } from '../../src/gateway/drain.service.js';
import { RecoveryModule } from '../../src/recovery/recovery.module.js';
import { SessionRestorer } from '../../src/sessions/resume/session-restorer.service.js';
import { eventually } from '../support/eventually.js';
import { EchoTool, WaitTool } from '../support/probe.tools.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { TestClient } from '../support/test-client.js';
import { type Settings, TestServer } from '../support/test-server.js';

const call = (name: string, args: object) => ({ params: { name, arguments: args } });
const echo = (text: string) => call('echo', { text });
/** Of a server that counts as killed: when the test is over, it is not to wait for what it was doing. */
const LEFT_ALIVE = { server: { drainTimeout: 1 } };

describe('Sessions in the store', () => {
  let folder: TemporaryFolder;
  let wait: WaitTool;
  const servers: TestServer[] = [];
  const clients: TestClient[] = [];

  async function start(name: string, settings: Settings = {}): Promise<TestServer> {
    const store = { kind: 'file' as const, path: join(folder.path, name) };
    const server = await TestServer.start({
      settings: { ...settings, sessions: { ...settings.sessions, store } },
      tools: [new EchoTool(), wait],
      modules: [RecoveryModule],
    });
    servers.push(server);
    return server;
  }

  /** What a killed process leaves: the store as it is at this moment. */
  async function startFromWhatKillLeaves(name: string, settings: Settings = {}): Promise<TestServer> {
    cpSync(join(folder.path, 'first'), join(folder.path, name), { recursive: true });
    return start(name, settings);
  }

  async function begin(server: TestServer, params: object = {}): Promise<TestClient> {
    const client = await TestClient.begin(server.url, params);
    clients.push(client);
    return client;
  }

  async function resume(server: TestServer, before: Pick<TestClient, 'token' | 'seqs'>) {
    const found = await TestClient.resume(server.url, before);
    clients.push(found.client);
    return found;
  }

  beforeEach(() => {
    folder = new TemporaryFolder();
    wait = new WaitTool();
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    for (const server of servers.splice(0).toReversed()) await server.stop();
    folder.remove();
  });

  it('go on after a kill under their id, with their frames, their pause and their counters', async () => {
    const first = await start('first');
    const client = await begin(first, { tools: { exclude: ['git_log'] } });
    for (const text of ['a', 'b', 'c']) await client.request('tools/call', echo(text));
    const { session_id: id } = (await client.request('session/pause'))['result'];

    const second = await startFromWhatKillLeaves('second');
    expect([second.sessions.size, second.sessions.parked]).toEqual([1, 1]);
    const { client: back, answer } = await resume(second, { token: client.token, seqs: [1, 2] });
    await back.request('session/resume');
    const { tools } = (await back.request('tools/list'))['result'] as { tools: { name: string }[] };

    expect(answer['result']).toMatchObject({
      session_id: id,
      state: 'PAUSED',
      resume: { replayed: 2, lost: 0 },
    });
    expect(back.seqs).toEqual([1, 2, 3, 4, 5, 6]);
    expect(tools.map(({ name }) => name)).not.toContain('git_log');
  });

  it('answer after a kill what was never answered, and once only', async () => {
    const first = await start('first', LEFT_ALIVE);
    const client = await begin(first);
    client.send({ type: 'tools/call', id: 'read', ...call('wait', { ms: 60_000 }) });
    await client.request('tools/call', echo('answered'));
    await eventually(() => expect(wait.started).toBe(1));

    const second = await startFromWhatKillLeaves('second');
    const { client: back } = await resume(second, client);
    const { error, seq } = await back.answer('read');
    await back.request('ping');

    expect(error).toMatchObject({ code: 'operation_interrupted', severity: 'high', recoverable: false });
    expect(error.details).toEqual({ outcome: 'not_done', tool: 'wait' });
    expect(seq).toBe(2);
    expect(back.received).toEqual([]);
  });

  it('answer it behind all that the client has, which may be more than was written', async () => {
    const first = await start('first', LEFT_ALIVE);
    const client = await begin(first);
    client.send({ type: 'tools/call', id: 'read', ...call('wait', { ms: 60_000 }) });
    await client.request('tools/call', echo('answered'));

    const second = await startFromWhatKillLeaves('second');
    const { client: back, answer } = await resume(second, { token: client.token, seqs: [1, 2, 3] });

    expect(answer['result'].resume).toMatchObject({ replayed: 1, lost: 0 });
    expect((await back.answer('read')).seq).toBe(4);
    const id = client.token?.split('.')[0];
    const text = readFileSync(join(folder.path, 'second', `${id}.session`), 'utf8');
    expect(text.match(/"seq":\d+/g)).toEqual(['"seq":4', '"seq":4']);
  });

  it('resume by the token that the kill overtook, and by the one before it', async () => {
    const first = await start('first');
    const client = await begin(first);
    const before = { token: client.token, seqs: [] };
    await client.cut();
    const { client: again } = await resume(first, before);

    const second = await startFromWhatKillLeaves('second');
    const third = await startFromWhatKillLeaves('third');

    expect((await resume(second, before)).answer.type).toBe('initialize/result');
    expect((await resume(third, again)).answer.type).toBe('initialize/result');
  });

  it('are stored by a drain, which tells their clients to come back', async () => {
    const first = await start('first');
    const client = await begin(first);
    const other = await TestClient.connect(first.url);
    clients.push(other);
    await other.request('ping');
    const running = client.request('tools/call', call('wait', { ms: 200 }));
    await eventually(() => expect(wait.started).toBe(1));

    await first.app.get(Drain).drain('restart');

    expect(await client.next('server/draining')).toMatchObject({ deadline_ms: 300_000, resume: true });
    expect(await other.next('server/draining')).toMatchObject({ resume: false });
    expect((await running).type).toBe('tools/call/result');
    expect((await client.closing()).code).toBe(1012);
    const second = await startFromWhatKillLeaves('second');
    expect(second.sessions.size).toBe(1);
    const { client: back } = await resume(second, client);
    await back.request('tools/call', echo('on'));
    expect(back.seqs).toEqual([1, 2]);
  });

  it('are set aside where they are damaged, which is told, and costs no other session', async () => {
    const first = await start('first');
    const [damaged, whole] = [await begin(first), await begin(first)];
    for (const client of [damaged, whole]) await client.request('tools/call', echo('text'));
    const path = join(folder.path, 'first', `${damaged.token?.split('.')[0]}.session`);
    writeFileSync(path, readFileSync(path, 'utf8').replace('text', 'tExt'));

    const second = await startFromWhatKillLeaves('second');
    const lost = await resume(second, damaged);
    const found = await resume(second, whole);

    expect(lost.answer['error']).toMatchObject({ code: 'corrupted_session_state', severity: 'critical' });
    expect((await lost.client.closing()).code).toBe(4500);
    expect(found.answer.type).toBe('initialize/result');
    expect(second.app.get(SessionRestorer).quarantined).toHaveLength(1);
    expect(readdirSync(join(folder.path, 'second', 'quarantine'))).toHaveLength(1);
  });

  it('are left alone where a later release has written them', async () => {
    const first = await start('first');
    const client = await begin(first);
    const name = `${client.token?.split('.')[0]}.session`;
    const path = join(folder.path, 'first', name);
    const later = readFileSync(path, 'utf8').replace(/^1 /, '2 ');
    writeFileSync(path, later);

    const second = await startFromWhatKillLeaves('second');
    const { answer } = await resume(second, client);

    expect(answer['error'].code).toBe('session_expired');
    expect(readFileSync(join(folder.path, 'second', name), 'utf8')).toBe(later);
  });

  it('end where their client stayed away too long, in this process or the one before', async () => {
    const first = await start('first');
    const client = await begin(first);
    await client.cut();
    await eventually(() => expect(first.sessions.parked).toBe(1));

    const second = await startFromWhatKillLeaves('second', { sessions: { resumeWindow: 0 } });

    expect(second.sessions.size).toBe(0);
    expect(readdirSync(join(folder.path, 'second'))).toEqual(['owner.json']);
  });

  it('leave nothing behind where they were ended', async () => {
    const first = await start('first');
    const client = await begin(first);
    await client.request('tools/call', echo('text'));
    await client.request('session/close');
    await client.closing();

    await eventually(() => expect(readdirSync(join(folder.path, 'first'))).toEqual(['owner.json']));
  });

  it('are in a file that does not grow without bounds', async () => {
    const first = await start('first', { sessions: { replay: { maxFrames: 16, maxBytes: 8_192 } } });
    const client = await begin(first);
    const path = join(folder.path, 'first', `${client.token?.split('.')[0]}.session`);
    for (let index = 0; index < 200; index += 1) await client.request('tools/call', echo('x'.repeat(1_000)));

    expect(readFileSync(path).length).toBeLessThan(150_000);
    const second = await startFromWhatKillLeaves('second', {
      sessions: { replay: { maxFrames: 16, maxBytes: 8_192 } },
    });
    const { answer } = await resume(second, { token: client.token, seqs: [198] });
    expect(answer['result'].resume).toMatchObject({ replayed: 2, lost: 0 });
  });
});

import { createHash } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { SessionSweepJob } from '../../src/sessions/session-sweep.job.js';
import { eventually } from '../support/eventually.js';
import { EchoTool, RepeatTool, WaitTool } from '../support/probe.tools.js';
import { type Frame, rawWebSocket, TestClient } from '../support/test-client.js';
import { type Settings, TestServer } from '../support/test-server.js';

const call = (name: string, args: object) => ({ params: { name, arguments: args } });
const echo = (text: string) => call('echo', { text });
const textOf = (frame: Frame): string => frame['result'].content[0].text as string;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('A session that can be resumed', () => {
  let server: TestServer;
  let wait: WaitTool;
  const clients: TestClient[] = [];

  async function start(settings: Settings = {}): Promise<void> {
    server = await TestServer.start({ settings, tools: [new EchoTool(), new RepeatTool(), wait] });
  }

  async function begin(params: object = {}): Promise<TestClient> {
    const client = await TestClient.begin(server.url, params);
    clients.push(client);
    return client;
  }

  async function resume(before: Pick<TestClient, 'token' | 'seqs'>, params: object = {}) {
    const found = await TestClient.resume(server.url, before, params);
    clients.push(found.client);
    return found;
  }

  beforeEach(() => {
    wait = new WaitTool();
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await server.stop();
  });

  it('numbers results, errors and notifications, and nothing of the connection itself', async () => {
    await start();
    const client = await begin({ capabilities: { resume: true, progress: true } });

    const pong = await client.request('ping');
    const beat = await client.request('heartbeat');
    const running = client.request('tools/call', echo('one'));
    const started = await client.next('notifications/status');
    const result = await running;
    const error = await client.request('tools/call', call('no_such_tool', {}));
    const cancelled = await client.request('notifications/cancelled', { request_id: 'x' });

    expect([pong, beat].map(({ seq }) => seq as unknown)).toEqual([undefined, undefined]);
    expect([started, result, error, cancelled].map(({ seq }) => seq as unknown)).toEqual([1, 2, 4, 5]);
  });

  it('has no numbers where its client did not ask for it', async () => {
    await start();
    const client = await TestClient.connect(server.url);
    clients.push(client);

    expect((await client.request('tools/call', echo('one')))['seq']).toBeUndefined();
  });

  it('goes on under its id after a cut, and an operation that was running delivers its answer', async () => {
    await start();
    const first = await begin();
    const { session_id: id } = (await first.request('session/get'))['result'];
    first.send({ type: 'tools/call', id: 'slow', ...call('wait', { ms: 1_000 }) });
    await eventually(() => expect(wait.started).toBe(1));
    await first.cut();

    const { client, answer } = await resume(first);

    expect(answer['result']).toMatchObject({ session_id: id, resume: { lost: 0 } });
    expect((await client.answer('slow')).type).toBe('tools/call/result');
    expect(wait.aborted).toBe(0);
    expect(client.seqs).toEqual([1, 2]);
  });

  it('replays in order what the client has not got, before anything new', async () => {
    await start();
    const first = await begin();
    for (const text of ['a', 'b', 'c']) await first.request('tools/call', echo(text));
    await first.cut();

    const { client, answer } = await resume({ token: first.token, seqs: [1] });
    await client.request('tools/call', echo('d'));

    expect(answer['result'].resume).toMatchObject({ replayed: 2, lost: 0 });
    expect(client.seqs).toEqual([1, 2, 3, 4]);
    expect(client.received.map(textOf)).toEqual(['b', 'c']);
  });

  it('says how many frames are lost where they were more than are kept', async () => {
    await start({ sessions: { replay: { maxFrames: 16, maxBytes: 2 ** 20 } } });
    const first = await begin();
    for (let index = 0; index < 20; index += 1) await first.request('tools/call', echo('x'));
    await first.cut();

    const { answer } = await resume({ token: first.token, seqs: [] });

    expect(answer['result'].resume).toMatchObject({ replayed: 16, lost: 4 });
  });

  it('takes over from a connection whose end nobody noticed, which is closed with 4409', async () => {
    await start();
    const first = await begin();
    await first.request('tools/call', echo('one'));

    const { client } = await resume(first);

    expect((await first.closing()).code).toBe(4409);
    expect(textOf(await client.request('tools/call', echo('two')))).toBe('two');
    expect(server.sessions.size).toBe(1);
  });

  it('serves a token once: the old one is dead with the first frame on the new connection', async () => {
    await start();
    const first = await begin();
    const old = { token: first.token, seqs: [] };
    await first.cut();
    const second = await resume(old);
    await second.client.cut(); // As if the answer to its initialize had been lost.
    const third = await resume(old);
    await third.client.request('ping');
    await third.client.cut();

    const late = await resume(old);
    const right = await resume(third.client);

    expect(third.answer.type).toBe('initialize/result');
    expect(late.answer['error']).toMatchObject({ code: 'session_expired', recoverable: false });
    expect(right.answer.type).toBe('initialize/result');
  });

  it('gives whoever has no valid token a fresh session that is ready for use', async () => {
    await start();

    const { client, answer } = await resume({ token: 'nonsense', seqs: [] });
    const settled = await client.request('initialize', { params: { capabilities: { resume: true } } });

    expect(answer['error']).toMatchObject({ code: 'session_expired' });
    expect(settled['result'].session_id).toBe(answer['error'].details.session_id);
    expect(settled['result'].resume.token).toEqual(expect.any(String));
  });

  it('refuses its token from another principal, and waits on for its own', async () => {
    const tokens = ['ada', 'eve'].map((name) => ({
      name,
      sha256: sha256(name),
      scopes: ['git:read' as const],
    }));
    await start({ auth: { mode: 'token', tokens } });
    const ada = await begin({ token: 'ada', capabilities: { resume: true } });
    await ada.cut();

    const eve = await resume(ada, { token: 'eve' });
    const nobody = await resume(ada);
    const again = await resume(ada, { token: 'ada' });

    expect(eve.answer['error']).toMatchObject({ code: 'security_breach', severity: 'critical' });
    expect((await eve.client.closing()).code).toBe(4403);
    expect(nobody.answer['error']).toMatchObject({ code: 'forbidden' });
    expect(again.answer.type).toBe('initialize/result');
  });

  it('ends when its client does not come back within the window, and what it ran with it', async () => {
    await start({ sessions: { resumeWindow: 100, sweepInterval: 60_000 } });
    const first = await begin();
    first.send({ type: 'tools/call', id: 'slow', ...call('wait', { ms: 60_000 }) });
    await eventually(() => expect(wait.started).toBe(1));
    await first.cut();
    await eventually(() => expect(server.sessions.parked).toBe(1));

    await eventually(() => {
      server.app.get(SessionSweepJob).sweep();
      expect(server.sessions.size).toBe(0);
    });

    expect(wait.aborted).toBe(1);
    expect((await resume(first)).answer['error'].code).toBe('session_expired');
  });

  it('ends when its client closes it', async () => {
    await start();
    const first = await begin();
    await first.request('session/close');
    await first.closing();

    expect((await resume(first)).answer['error'].code).toBe('session_expired');
  });

  it('counts for sessions.max while it waits, and makes room when it must', async () => {
    await start({ sessions: { max: 2, evictBatch: 1 } });
    const first = await begin();
    await first.cut();
    await eventually(() => expect(server.sessions.parked).toBe(1));
    expect(server.sessions.open).toBe(1);

    await begin();
    await begin();

    expect([server.sessions.parked, server.sessions.open]).toEqual([0, 2]);
  });

  it('waits as well for a client that fell silent', async () => {
    await start({ heartbeat: { interval: 100, missedThreshold: 1 } });
    const silent = await rawWebSocket(server.port);
    const client = await begin();
    client.socket.pause();

    await eventually(() => expect([server.sessions.parked, server.sessions.size]).toEqual([1, 1]));

    const { answer } = await resume(client);
    expect(answer.type).toBe('initialize/result');
    client.socket.resume();
    silent.destroy();
  });

  it('keeps its pause, its tools and what it asked for', async () => {
    await start();
    const first = await begin({
      capabilities: { resume: true, progress: true },
      tools: { exclude: ['git_log'] },
    });
    await first.request('session/pause');
    await first.cut();

    const { client, answer } = await resume(first);
    const { tools } = (await client.request('tools/list'))['result'] as { tools: { name: string }[] };

    expect(answer['result']).toMatchObject({
      state: 'PAUSED',
      capabilities: { cancellation: true, progress: true, heartbeat: false, resume: true },
    });
    expect(tools.map(({ name }) => name)).not.toContain('git_log');
  });
});

import { type Client } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { BusyServer } from '../support/busy-server.js';
import { WAYS_IN } from '../support/mcp/doors.js';
import { type OpenDoor, openDoor } from '../support/mcp/open-door.js';

const LABELS = { http: 'mcp-http', stdio: 'stdio', websocket: 'mcp-ws' } as const;
const ERROR = 'mcp-git-server/error';

let busy: BusyServer;

beforeEach(async () => {
  busy = await BusyServer.start();
});

afterEach(() => busy.stop());

describe.each(WAYS_IN)('A read over $door in $era of a server that is busy', ({ door, era }) => {
  let open: OpenDoor;
  let client: Client;

  const read = (args: object = { repo_path: busy.repository.path }, signal?: AbortSignal) =>
    client.callTool({ name: 'git_status', arguments: { ...args } }, signal === undefined ? {} : { signal });

  beforeEach(async () => {
    open = await openDoor(busy.server, door, era);
    ({ client } = open);
  });

  afterEach(() => open.close());

  it('is served when it has a place', async () => {
    const reading = read();
    await busy.waiting(1);

    await busy.free();

    expect((await reading).structuredContent).toMatchObject({ branch: 'main' });
    expect(busy.executor.stats()).toMatchObject({ queued: 0, running: 0 });
  });

  it('is not looked at before', async () => {
    const reading = read({ repo_path: 7 });
    await busy.waiting(1);

    await busy.free();

    expect((await reading)._meta?.[ERROR]).toMatchObject({ code: 'validation_failed' });
    expect(busy.executor.stats()).toMatchObject({ queued: 0, running: 0 });
  });

  it('is not waited with where the tool may write as well: its arguments are looked at first', async () => {
    const answer = await client.callTool({ name: 'git_tag', arguments: { repo_path: 7 } });

    expect(answer._meta?.[ERROR]).toMatchObject({ code: 'validation_failed' });
  });

  it('is served as are those that come with it', async () => {
    const readings = [read(), read({ repo_path: 7 }), read()];
    await busy.waiting(3);

    await busy.free();

    const [first, second, third] = await Promise.all(readings);
    expect([first?.isError, second?.isError, third?.isError]).toEqual([undefined, true, undefined]);
    expect(busy.executor.stats()).toMatchObject({ queued: 0, running: 0 });
  });

  it('holds up nothing that needs no place', async () => {
    const reading = read();
    await busy.waiting(1);

    const { tools } = await client.listTools();

    expect(tools.length).toBeGreaterThan(0);
    expect(busy.executor.stats()).toMatchObject({ queued: 1 });
    await busy.free();
    await reading;
  });

  it('leaves the queue when its client gives up', async () => {
    const caller = new AbortController();
    const reading = read(undefined, caller.signal);
    await busy.waiting(1);

    caller.abort();

    await expect(reading).rejects.toThrow(/abort/i);
    await busy.waiting(0);
    expect(busy.server.sessions.runningOperations).toBe(1);
  });

  it('is answered when an operator ends it', async () => {
    const reading = read();
    await busy.waiting(1);
    const { underway } = busy.executor;

    underway.end(underway.views().find(({ name }) => name === 'git_status')?.id ?? '');

    expect(await reading).toMatchObject({
      isError: true,
      _meta: { [ERROR]: { code: 'operation_cancelled' } },
    });
  });

  it('counts as one that runs, and once', async () => {
    const reading = read();
    await busy.waiting(1);
    const { runningOperations } = busy.server.sessions;
    await busy.free();
    await reading;

    const metrics = await (await fetch(`http://127.0.0.1:${busy.server.port}/metrics`)).text();

    expect(runningOperations).toBe(2);
    expect(busy.server.sessions.runningOperations).toBe(0);
    expect(metrics).toContain(`mcp_git_tool_calls_total{door="${LABELS[door]}",outcome="ok"} 1`);
    expect(metrics).toMatch(/mcp_git_operation_wait_seconds_count\{kind="git.read"\} 1/);
  });
});

describe('A call that waits at the door of MCP', () => {
  it('starts where the working directory of its session was when it came', async () => {
    const { client, close } = await openDoor(busy.server, 'websocket', '2025-11-25');
    const { path, root } = busy.repository;
    const setTo = (directory: string) =>
      client.callTool({ name: 'git_set_working_dir', arguments: { path: directory } });
    await setTo(path);
    const reading = client.callTool({ name: 'git_status', arguments: {} });
    await busy.waiting(1);

    await setTo(root);
    await busy.free();

    expect((await reading).structuredContent).toMatchObject({ branch: 'main' });
    await close();
  });

  it('is answered when its session ends', async () => {
    const { client, close } = await openDoor(busy.server, 'http', '2025-11-25');
    const reading = client.callTool({ name: 'git_status', arguments: { repo_path: busy.repository.path } });
    await busy.waiting(1);

    for (const session of busy.server.sessions.all())
      if (session.connection.answersPings === false) busy.server.sessions.close(session, 1000, 'over');

    expect((await reading)._meta?.[ERROR]).toMatchObject({ code: 'operation_cancelled' });
    await busy.waiting(0);
    await close();
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { eventually } from '../support/eventually.js';
import { GitRepository } from '../support/git-repository.js';
import { ServerProcess } from '../support/server-process.js';
import { TestClient } from '../support/test-client.js';

/** What no log may hold: credentials, and whatever else a client sends as a value. */
const SECRETS = [
  'hunter-url',
  'hunter-query',
  'hunter-message',
  'hunter-argument',
  'hunter-token',
  'hunter-raw',
];

describe('What an operator sees of a session', () => {
  let repository: GitRepository;
  let server: ServerProcess;
  let metrics: string;

  beforeAll(async () => {
    repository = new GitRepository();
    repository.commitFiles('first', { 'file.txt': 'one\n' });
    const env = { MCP_GIT_REPOSITORY: repository.root, MCP_GIT_LOG_LEVEL: 'trace' };
    server = await ServerProcess.start({ env });
    const client = await TestClient.connect(server.webSocketUrl);
    const call = (name: string, args: object) =>
      client.request('tools/call', { params: { name, arguments: { repo_path: repository.path, ...args } } });
    const url = 'https://bob:hunter-url@127.0.0.1:1/x.git?access_token=hunter-query';
    await call('git_status', {});
    // No tool would store it, but somebody has.
    repository.git(['remote', 'add', 'origin', 'https://bob:hunter-url@example.org/x.git']);
    await call('git_remote', { action: 'get-url', name: 'origin' });
    await call('git_fetch', { remote: 'origin' });
    await call('git_clone', { url, repo_path: `${repository.root}/clone` });
    await call('git_commit', { message: 'hunter-message' });
    await call('git_log', { max_count: 'hunter-argument', unknown: 'hunter-argument' });
    await client.request('initialize', {
      params: { token: 'hunter-token', client: { name: 'hunter-token' } },
    });
    client.send('{"type":"ping","hunter-raw');
    await client.request('ping');
    metrics = await (await fetch(`${server.url}/metrics`)).text();
    await client.close();
    await server.stop();
  });

  afterAll(() => repository.remove());

  const records = () =>
    server.logs
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('is JSON lines with time, level and component', async () => {
    await eventually(() => expect(server.logs).toContain('draining'));

    for (const record of records()) {
      expect(record).toMatchObject({
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        level: expect.stringMatching(/^(trace|debug|info|warn|error|fatal)$/),
        component: expect.any(String),
        message: expect.any(String),
      });
    }
  });

  it('tells of each call its session, its request, how long it took and how it failed', () => {
    const calls = records().filter(({ component }) => component === 'ToolCalls');
    const sessions = new Set(calls.map((record) => record['session_id']));

    expect(sessions.size).toBe(1);
    expect(calls.map(({ request_id, tool, code }) => [request_id, tool, code])).toEqual([
      ['req_1', 'git_status', undefined],
      ['req_2', 'git_remote', undefined],
      ['req_3', 'git_fetch', expect.any(String)],
      ['req_4', 'git_clone', 'operation_failed'],
      ['req_5', 'git_commit', 'operation_failed'],
      ['req_6', 'git_log', 'validation_failed'],
    ]);
    expect(calls.every(({ duration_ms }) => Number.isInteger(duration_ms))).toBe(true);
  });

  it('tells of each refused message its type, id, faults and keys', () => {
    const refused = records().filter(({ component }) => component === 'Validation');

    expect(
      refused.map((record) => [record['message_type'], record['message_id'], record['message_keys']]),
    ).toEqual([
      ['git_log', 'req_6', ['repo_path', 'max_count', 'unknown']],
      ['initialize', 'req_7', ['type', 'id', 'params']],
      ['unknown', null, []],
    ]);
    expect(refused.every(({ error_type }) => error_type === 'validation_failed')).toBe(true);
  });

  it.each(SECRETS)('never shows %s', (secret) => {
    expect(server.logs).not.toContain(secret);
    expect(metrics).not.toContain(secret);
  });

  it('has metrics that promtool would pass: typed, explained, in base units, without unbounded labels', () => {
    const own = [...metrics.matchAll(/^# TYPE (mcp_git_\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({
      name,
      type,
    }));
    const counters = own.filter(({ type }) => type === 'counter');
    const others = own.filter(({ type }) => type !== 'counter');

    expect(own.length).toBeGreaterThan(20);
    expect(new Set(own.map(({ name }) => name)).size).toBe(own.length);
    expect(counters.filter(({ name }) => !name.endsWith('_total'))).toEqual([]);
    expect(others.filter(({ name }) => /_(total|count|sum|bucket)$/.test(name))).toEqual([]);
    expect(
      own.filter(({ name }) => /(_ms|_millis|_milliseconds|_minutes|_kb|_mb|_percent)(_|$)/.test(name)),
    ).toEqual([]);
    expect(own.filter(({ name }) => !new RegExp(`^# HELP ${name} \\S`, 'm').test(metrics))).toEqual([]);
    const labels = new Set(
      [...metrics.matchAll(/^mcp_git_\S+?\{(.*)\} /gm)].flatMap(([, all = '']) => all.match(/\w+(?==")/g)),
    );
    expect(
      [...labels].filter((label) =>
        /session|request|path|repo|principal|client|address|host/.test(label ?? ''),
      ),
    ).toEqual([]);
  });

  it.each([
    'mcp_git_sessions{state="ACTIVE"} 1',
    'mcp_git_messages_total{type="tools/call",outcome="ok"} 2',
    'mcp_git_messages_total{type="tools/call",outcome="error"} 4',
    'mcp_git_messages_total{type="unknown",outcome="error"} 1',
    'mcp_git_operation_duration_seconds_count{tool="git_status",engine="',
    'mcp_git_operation_duration_seconds_bucket{le="',
    'mcp_git_circuit_state{circuit="git.read"} 0',
    'mcp_git_operations_queued 0',
    'mcp_git_event_loop_delay_p99_seconds ',
    'mcp_git_validation_cache_lookups_total{outcome="hit"} ',
    'mcp_git_validation_cache_entries ',
    'mcp_git_validated_messages_total{type="git_log",outcome="refused"} 1',
    'mcp_git_heartbeat_timeouts_total 0',
  ])('counts %s', (line) => {
    expect(metrics).toContain(line);
  });
});

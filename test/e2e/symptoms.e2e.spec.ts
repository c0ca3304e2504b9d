import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { chmodSync, existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { AdminModule } from '../../src/admin/admin.module.js';
import { HealthModule } from '../../src/health/health.module.js';
import { HeartbeatMonitor } from '../../src/heartbeat/heartbeat.monitor.js';
import { BreakerRegistry } from '../../src/resilience/breaker/breaker.registry.js';
import { ResourceLedger } from '../../src/resources/resource.ledger.js';
import { SessionRestorer } from '../../src/sessions/resume/session-restorer.service.js';
import { MessageValidator } from '../../src/validation/message-validator.service.js';
import { commandOf, doctor, runCli, settingOf } from '../support/cli.js';
import { GitRepository } from '../support/git-repository.js';
import { SpinTool, WaitTool } from '../support/probe.tools.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { type Frame, rawWebSocket, TestClient } from '../support/test-client.js';
import { type Settings, TestServer } from '../support/test-server.js';

function call(client: TestClient, name: string, args: object): Promise<Frame> {
  return client.request('tools/call', { params: { name, arguments: args } });
}

/** Calls that fail, one after the other. */
async function fail({ url }: TestServer, path: string): Promise<void> {
  const client = await TestClient.connect(url);
  for (let sent = 0; sent < 8; sent += 1) await call(client, 'git_status', { repo_path: path });
  await client.close();
}

/** Calls that take a while, side by side. */
async function load({ url }: TestServer): Promise<void> {
  const client = await TestClient.connect(url);
  await Promise.all([1, 2, 3].map(() => call(client, 'wait', { ms: 300 })));
  await client.close();
}

/** Each symptom of the troubleshooting guide: provoked, named by doctor, and cured by what doctor names. */
describe('A symptom', () => {
  let repository: GitRepository;
  let server: TestServer | undefined;

  beforeEach(() => {
    repository = new GitRepository();
    repository.commitFiles('one', { 'a.txt': 'a' });
  });

  afterEach(async () => {
    await server?.stop();
    server = undefined;
    repository.remove();
  });

  async function start(settings: Settings = {}): Promise<TestServer> {
    await server?.stop();
    const roots = { git: { roots: [repository.root] } };
    const tools = [new WaitTool(), new SpinTool()];
    server = await TestServer.start({
      settings: { ...roots, ...settings },
      modules: [AdminModule, HealthModule],
      tools,
    });
    return server;
  }

  const url = () => ['--url', server?.url ?? ''];
  const says = (check: string) => doctor(check, url());
  const cure = async (words: readonly string[]) => {
    const { code, stderr } = await runCli([...words, ...url()]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  };

  it('port taken: the holder is named, and the port it proposes is free', async () => {
    const holder: Server = createServer();
    await once(holder.listen(0, '127.0.0.1'), 'listening');
    const { port } = holder.address() as { port: number };

    const found = await doctor('startup.port', ['--port', String(port)]);
    const other = settingOf(found, 'server.port');
    const after = await doctor('startup.port', ['--port', other]);
    holder.close();

    expect(found).toMatchObject({ verdict: 'failed', figures: { port, pid: process.pid } });
    expect(found.summary).toContain(`process ${process.pid}`);
    expect(after.figures).toMatchObject({ port: Number(other) });
    expect(after.figures['pid']).not.toBe(process.pid);
  });

  it('dead client: it is noticed and counted, and the proposed patience keeps one that is only slow', async () => {
    const { port } = await start({
      heartbeat: { interval: 100, missedThreshold: 2 },
      gateway: { closeTimeout: 100 },
    });
    const socket = await rawWebSocket(port);
    await expect.poll(() => server?.sessions.size, { timeout: 20_000 }).toBe(0);

    const found = await says('heartbeat.monitor');
    const interval = settingOf(found, 'heartbeat.interval');
    const missedThreshold = Number(settingOf(found, 'heartbeat.missedThreshold'));
    socket.destroy();
    const { port: patient } = await start({
      heartbeat: { interval: Number.parseInt(interval, 10) * 1_000, missedThreshold },
    });
    const slow = await rawWebSocket(patient);
    await pause(600);

    expect(found).toMatchObject({ verdict: 'warning', figures: { recent_timeouts: 1 } });
    expect(server?.sessions.open).toBe(1);
    expect((await says('heartbeat.monitor')).verdict).toBe('ok');
    slow.destroy();
  });

  it('tool that is refused: tried on a repository that is configured, and told with its reason', async () => {
    await start();
    const other = new GitRepository();

    try {
      expect(await doctor('connection.tool', [...url(), '--repository', repository.root])).toMatchObject({
        verdict: 'ok',
        summary: expect.stringContaining(`git_status of ${repository.path} was answered with a result`),
      });
      expect(await doctor('connection.tool', [...url(), '--repository', other.root])).toMatchObject({
        verdict: 'warning',
        summary: expect.stringContaining('path_not_allowed'),
      });
    } finally {
      other.remove();
    }
  });

  it('bad messages: counted by type; validate names the field, and the lenient mode it proposes accepts it', async () => {
    const message = { type: 'ping', id: 'one', surprise: true };
    const send = async (times: number) => {
      const client = await TestClient.connect(server?.url ?? '');
      for (let sent = 0; sent < times; sent += 1) client.send({ ...message, id: `p${sent}` });
      const frames = await Promise.all([...Array(times).keys()].map((sent) => client.answer(`p${sent}`)));
      await client.close();
      return new Set(frames.map(({ type }) => type));
    };
    await start({ validation: { mode: 'strict' } });
    expect(await send(6)).toEqual(new Set(['error']));

    const found = await says('messages.refused');
    const words = commandOf(found, 'validate').map((word) => (word === 'FILE' ? '-' : word));
    const validated = await runCli(words, { stdin: JSON.stringify(message) });
    await start({ validation: { mode: settingOf(found, 'validation.mode') as 'lenient' } });

    expect(found).toMatchObject({
      verdict: 'warning',
      figures: { recent: 6, by_type: [{ type: 'ping', refused: 6 }] },
    });
    expect(validated.stdout).toMatch(/surprise +✗ .* +⚠ /);
    expect(await send(6)).toEqual(new Set(['pong']));
    expect((await says('messages.refused')).verdict).toBe('ok');
  });

  it('error burst: the spike is named with requests to look for, and is none with the proposed threshold', async () => {
    await fail(await start(), join(repository.root, 'none'));

    const found = await says('errors.rates');
    const spikeThreshold = Number(settingOf(found, 'resilience.errors.spikeThreshold'));
    await fail(
      await start({ resilience: { errors: { window: 3_600_000, spikeThreshold } } }),
      join(repository.root, 'none'),
    );

    expect(found.verdict).toBe('warning');
    expect(found.summary).toContain('8/min');
    expect(found.figures['errors']).toMatchObject([
      {
        last_minute: 8,
        spike: true,
        samples: [{}, {}, { session_id: expect.any(String), request_id: 'req_8' }],
      },
    ]);
    expect((await says('errors.rates')).verdict).toBe('ok');
  });

  it('slow tool: the part that takes long is named, and the proposed setting takes it away', async () => {
    const diagnostics = { slowOperation: 700 };
    await load(await start({ diagnostics, resilience: { maxConcurrentOperations: 1 } }));

    const found = await says('latency.slow');
    const maxConcurrentOperations = Number(settingOf(found, 'resilience.maxConcurrentOperations'));
    await load(
      await start({ diagnostics: { slowOperation: 5_000 }, resilience: { maxConcurrentOperations } }),
    );

    expect(found).toMatchObject({
      verdict: 'warning',
      figures: { recent: 1, operations: [{ tool: 'wait' }] },
    });
    expect(found.summary).toContain('most of it: queue');
    expect((await says('latency.slow')).verdict).toBe('ok');
  });

  it('planted leak: it is suspected with the counts that grow, and the sweep it proposes ends the growth', async () => {
    const { app } = await start({
      diagnostics: { snapshotInterval: 200, snapshotsKept: 3 },
      resources: { maxAge: 0 },
    });
    const ledger = app.get(ResourceLedger, { strict: false });
    const released: number[] = [];
    const leak = setInterval(() => {
      ledger.acquire({ type: 'watcher', label: 'planted', release: () => void released.push(1) });
    }, 20);
    await expect.poll(async () => (await says('memory.leak')).verdict, { timeout: 20_000 }).toBe('warning');

    const found = await says('memory.leak');
    clearInterval(leak);
    await cure(commandOf(found, 'resources sweep'));
    await expect.poll(async () => (await says('memory.leak')).verdict, { timeout: 20_000 }).toBe('ok');

    expect(found.summary).toMatch(/^a leak is suspected: watcher: \d+, \d+, \d+/);
    expect(released.length).toBeGreaterThan(10);
  });

  it('busy loop: the late event loop is named, and the profile it proposes names the function', async () => {
    await start({ health: { maxEventLoopDelay: 100 }, diagnostics: { cpuInterval: 500 } });
    const client = await TestClient.connect(server?.url ?? '');
    const done = new AbortController();
    const spinning = (async () => {
      while (!done.signal.aborted) await call(client, 'spin', { ms: 300 });
    })();
    await pause(1_500);

    const found = await says('latency.event-loop');
    const { stdout } = await runCli([
      ...commandOf(found, 'profile cpu'),
      '--duration',
      '2s',
      '--json',
      ...url(),
    ]);
    done.abort();
    await spinning;
    await client.close();

    expect(found).toMatchObject({ verdict: 'warning', figures: { max_ms: 100 } });
    const { busiest } = JSON.parse(stdout) as { busiest: { at: string; percent: number }[] };
    // The compiler may have put the loop into whoever calls it.
    const ofTheLoop = busiest.filter(({ at }) => at.includes('probe.tools.ts'));
    expect(ofTheLoop.reduce((sum, { percent }) => sum + percent, 0)).toBeGreaterThan(20);
  });

  it('150 idle sessions: a clean-up is needed, and the one it proposes closes exactly them', async () => {
    await start({ diagnostics: { idleAge: 2_000 }, gateway: { maxConnectionsPerAddress: 500 } });
    const idle: TestClient[] = [];
    for (let opened = 0; opened < 150; opened += 1) idle.push(await TestClient.connect(server?.url ?? ''));
    const active = await TestClient.connect(server?.url ?? '');
    const alive = setInterval(() => void active.request('ping'), 200);
    await pause(2_200);

    const found = await says('sessions.idle');
    await cure(commandOf(found, 'sessions clean'));
    const codes = await Promise.all(idle.map((client) => client.closing()));
    clearInterval(alive);

    expect(found).toMatchObject({ verdict: 'warning', figures: { total: 151, idle: 150, active: 151 } });
    expect(new Set(codes.map(({ code }) => code))).toEqual(new Set([4410]));
    expect(active.closed).toBeUndefined();
    expect((await says('sessions.idle')).verdict).toBe('ok');
    await active.close();
  });

  it('stopped heartbeat: doctor --fix starts it again and takes on who came meanwhile', async () => {
    const { app } = await start();
    app.get(HeartbeatMonitor).stop();
    const client = await TestClient.connect(server?.url ?? '');

    const found = await says('heartbeat.monitor');
    const fixed = await runCli(['doctor', '--only', 'heartbeat', '--fix', '--yes', ...url()]);

    expect(found).toMatchObject({ verdict: 'failed', figures: { running: false } });
    expect(fixed.stderr).toContain('done: start it again');
    expect(await says('heartbeat.monitor')).toMatchObject({
      verdict: 'ok',
      figures: { running: true, sessions: 1 },
    });
    await client.close();
  });

  it('breaker stuck open: named with the time it is not closed for, and the reset it proposes lets calls through', async () => {
    const { app } = await start({
      resilience: { breaker: { failureThreshold: 5, recoveryTimeout: 100, halfOpenMaxCalls: 1 } },
    });
    app.get(BreakerRegistry, { strict: false }).get('git.read').isolate();
    const client = await TestClient.connect(server?.url ?? '');
    const refused = await call(client, 'git_status', { repo_path: repository.path });
    await pause(300);

    const found = await says('circuits.state');
    await cure(commandOf(found, 'circuits reset'));
    const served = await call(client, 'git_status', { repo_path: repository.path });

    expect(refused).toMatchObject({ error: { code: 'circuit_open' } });
    expect(found).toMatchObject({
      verdict: 'failed',
      figures: { circuits: [{ name: 'git.read', stuck: true }] },
    });
    expect(served.type).toBe('tools/call/result');
    expect((await says('circuits.state')).verdict).toBe('ok');
    await client.close();
  });

  it('unreleased resources: named by type and age, and the sweep it proposes releases them', async () => {
    const { app } = await start({ resources: { maxAge: 100 } });
    let removed = 0;
    const ledger = app.get(ResourceLedger, { strict: false });
    ledger.acquire({ type: 'temporary-folder', label: 'forgotten', release: () => void (removed += 1) });
    await pause(150);

    const found = await says('resources.unreleased');
    await cure(commandOf(found, 'resources sweep'));

    expect(found).toMatchObject({
      verdict: 'warning',
      figures: { forgotten: [{ type: 'temporary-folder' }] },
    });
    expect(removed).toBe(1);
    expect((await says('resources.unreleased')).verdict).toBe('ok');
  });

  it('stale lock: named, and the cure it proposes removes it with proof, so that the next write succeeds', async () => {
    await start();
    const lock = join(repository.path, '.git/index.lock');
    writeFileSync(lock, '');
    const old = new Date(Date.now() - 600_000);
    utimesSync(lock, old, old);

    const found = await says('git.repositories');
    await cure(commandOf(found, 'locks clear'));

    expect(found).toMatchObject({ verdict: 'warning', figures: { stale_locks: [{ name: 'index.lock' }] } });
    expect(existsSync(lock)).toBe(false);
    expect((await says('git.repositories')).verdict).toBe('ok');
  });

  it('dangerous configuration: the key is named, and without it the repository is in order', async () => {
    await start();
    const elsewhere = new TemporaryFolder();
    repository.git(['config', 'include.path', elsewhere.write('config', '[user]\n\tname = Eve\n')]);

    const found = await says('git.repositories');
    const [unset = ''] = (found.cures ?? []).map(({ command }) => command ?? '');
    const [, , path = '', ...words] = unset.split(' ');
    repository.git(words);
    elsewhere.remove();

    expect(found).toMatchObject({ verdict: 'warning', figures: { dangerous: [{ path: repository.path }] } });
    expect(path).toBe(repository.path);
    expect((await says('git.repositories')).verdict).toBe('ok');
  });

  it('trusted folder that everybody may write to: named, and its cure makes it sound', async () => {
    const folder = new TemporaryFolder();
    chmodSync(folder.path, 0o777);
    const words = ['--set', `git.roots=${folder.path}`, '--set', `git.trustedRoots=${folder.path}`];

    const found = await doctor('startup.trust', words);
    chmodSync(folder.path, 0o755);
    const after = await doctor('startup.trust', words);
    folder.remove();

    expect(found).toMatchObject({ verdict: 'failed', figures: { trusted: [{ path: folder.path }] } });
    expect(found.cures?.[0]).toMatchObject({ command: `chmod o-w ${folder.path}` });
    expect(after).toMatchObject({
      verdict: 'ok',
      figures: { trusted: [{ path: folder.path, problem: null }] },
    });
    expect((await doctor('startup.trust', [])).summary).toBe('no repository may run programs of its own');
  });

  it('damaged store: named with the session, which costs no other one, until it is acknowledged', async () => {
    const folder = new TemporaryFolder();
    const id = '00000000-0000-4000-8000-000000000001';
    folder.write(`${id}.session`, 'not what was written\n');
    const { app } = await start({ sessions: { store: { kind: 'file', path: folder.path } } });
    await app.get(SessionRestorer, { strict: false }).restoreAll(AbortSignal.timeout(5_000));

    const found = await says('store.sessions');
    await cure(commandOf(found, 'store acknowledge'));

    expect(found).toMatchObject({ verdict: 'failed', figures: { durable: true, quarantined: [id] } });
    expect((await says('store.sessions')).verdict).toBe('ok');
    folder.remove();
  });

  it('validation cache off: named, and the command it proposes switches it on', async () => {
    const { app } = await start();
    app.get(MessageValidator, { strict: false }).cache.disable();

    const found = await says('validation.cache');
    await cure(commandOf(found, 'validation enable'));

    expect(found.verdict).toBe('warning');
    expect(await says('validation.cache')).toMatchObject({
      verdict: 'ok',
      figures: { cache: { enabled: true } },
    });
  });
});

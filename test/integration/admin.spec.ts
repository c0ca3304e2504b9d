import { createHash } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { AdminModule } from '../../src/admin/admin.module.js';
import { SECTIONS } from '../../src/diagnostics/finding.js';
import { EntryLine } from '../../src/sessions/store/entry.js';
import { BreakerRegistry } from '../../src/resilience/breaker/breaker.registry.js';
import { AdminClient } from '../support/admin-client.js';
import { GitRepository } from '../support/git-repository.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { TestClient } from '../support/test-client.js';
import { TestServer } from '../support/test-server.js';
import { WaitTool } from '../support/probe.tools.js';

const token = (name: string, ...scopes: string[]) => ({
  name,
  scopes,
  sha256: createHash('sha256').update(`secret-of-${name}`).digest('hex'),
});

const NO_CAPABILITIES = { cancellation: false, progress: false, heartbeat: false, resume: true };

describe('The admin API', () => {
  let repository: GitRepository;
  let server: TestServer;
  let admin: AdminClient;
  let log: RecordingLogger;

  const start = async (auth: object = {}, sessions: object = {}) => {
    log = new RecordingLogger();
    const settings = { git: { roots: [repository.root] }, auth, sessions };
    server = await TestServer.start({
      settings,
      modules: [AdminModule],
      tools: [new WaitTool()],
      logger: log,
    });
    admin = new AdminClient(server.url);
  };

  async function ask(name: string, args: object) {
    const headers = { Authorization: `Bearer secret-of-${name}` };
    const client = await TestClient.connect(server.url, { headers });
    const answer = await client.request('tools/call', {
      params: { name: 'server_diagnose', arguments: args },
    });
    await client.close();
    return answer;
  }

  beforeEach(() => {
    repository = new GitRepository();
    repository.commitFiles('one', { 'a.txt': 'a' });
  });

  afterEach(async () => {
    await server.stop();
    repository.remove();
  });

  it('diagnoses every section, each finding with its figures', async () => {
    await start();

    const { status, body, headers } = await admin.get('/admin/diagnosis');

    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(new Set(body.findings.map(({ section }: { section: string }) => section))).toEqual(
      new Set(SECTIONS),
    );
    for (const finding of body.findings) {
      expect(finding).toMatchObject({
        check: expect.stringMatching(/^[a-z]+\.[a-z-]+$/),
        guide: expect.stringMatching(/./),
        looks_at: expect.stringMatching(/./),
        summary: expect.stringMatching(/./),
        figures: expect.any(Object),
      });
    }
  });

  it('says who could restart it where it has no supervisor', async () => {
    await start();

    const { status, body } = await admin.post('/admin/recovery/restart');

    expect(status).toBe(409);
    expect(body.error).toMatchObject({ code: 'operation_failed', details: { reason: 'not-supervised' } });
  });

  it('finds a server that does nothing healthy', async () => {
    await start();

    const { body } = await admin.get('/admin/diagnosis');
    const troubled = body.findings.filter(({ verdict }: { verdict: string }) => verdict !== 'ok');

    // The machine that runs the tests may be as busy as it likes.
    const ofTheMachine = new Set(['cpu.usage', 'latency.event-loop', 'memory.usage']);
    expect(troubled.filter(({ check }: { check: string }) => !ofTheMachine.has(check))).toEqual([]);
  });

  it('shows one section, and says which there are to whoever asks for another', async () => {
    await start();

    const { body } = await admin.get('/admin/diagnosis/circuits');
    const unknown = await admin.get('/admin/diagnosis/weather');

    expect(body.findings.map(({ check }: { check: string }) => check)).toEqual(['circuits.state']);
    expect(unknown).toMatchObject({ status: 404, body: { error: { details: { sections: SECTIONS } } } });
  });

  it.each([
    ['a Host that is not served', { Host: 'evil.example' }],
    ['a page of another origin', { Origin: 'https://evil.example' }],
  ])('refuses %s', async (_, headers) => {
    await start();
    const { request } = await import('node:http');

    const status = await new Promise((resolve, reject) => {
      const call = request(
        { port: server.port, path: '/admin/sessions', headers, agent: false },
        (response) => {
          response.resume().on('end', () => resolve(response.statusCode));
        },
      );
      call.on('error', reject).end();
    });

    expect(status).toBe(403);
  });

  it('needs the scope admin where tokens are needed, and audits who was refused', async () => {
    await start({ mode: 'token', tokens: [token('reader', 'git:read'), token('operator', 'admin')] });
    const as = (name: string) => new AdminClient(server.url, { Authorization: `Bearer secret-of-${name}` });

    const anonymous = await admin.get('/admin/sessions');
    const wrong = await new AdminClient(server.url, { Authorization: 'Bearer wrong' }).get('/admin/sessions');

    expect(anonymous).toMatchObject({ status: 401, body: { error: { code: 'authentication_failed' } } });
    expect(anonymous.headers.get('www-authenticate')).toContain('Bearer');
    expect(wrong.status).toBe(401);
    await expect(as('reader').get('/admin/sessions')).resolves.toMatchObject({ status: 403 });
    await expect(as('operator').get('/admin/sessions')).resolves.toMatchObject({ status: 200 });
    expect(log.of('Admin').map(({ outcome, principal }) => [outcome, principal])).toEqual([
      ['authentication_failed', null],
      ['authentication_failed', null],
      ['forbidden', null],
      ['ok', 'operator'],
    ]);
  });

  it('audits who called for what', async () => {
    await start();
    await admin.post('/admin/heartbeat/restart');

    expect(log.of('Admin')).toEqual([
      expect.objectContaining({
        method: 'POST',
        path: '/admin/heartbeat/restart',
        principal: 'anonymous',
        address: '127.0.0.1',
        outcome: 'ok',
      }),
    ]);
  });

  it('pages through lists without leaving anything out', async () => {
    await start();
    const clients = await Promise.all([1, 2, 3].map(() => TestClient.connect(server.url)));

    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const query: string = cursor === undefined ? '' : `&cursor=${cursor}`;
      const { body } = await admin.get(`/admin/sessions?limit=2${query}`);
      expect(body.total).toBe(3);
      seen.push(...body.items.map(({ session_id }: { session_id: string }) => session_id));
      cursor = body.next_cursor;
    } while (cursor !== undefined);

    expect(new Set(seen).size).toBe(3);
    await expect(admin.get('/admin/sessions?cursor=bm9uc2Vuc2U')).resolves.toMatchObject({ status: 400 });
    await expect(admin.get('/admin/sessions?limit=0')).resolves.toMatchObject({ status: 400 });
    await Promise.all(clients.map((client) => client.close()));
  });

  it('lists among the resources connections and timers, whose they are and how old', async () => {
    await start();
    const client = await TestClient.connect(server.url);

    const { body } = await admin.get('/admin/resources?limit=200');

    const types = new Set(body.items.map(({ type }: { type: string }) => type));
    expect([...types]).toEqual(expect.arrayContaining(['socket', 'timer']));
    for (const item of body.items)
      expect(item).toMatchObject({
        label: expect.any(String) as string,
        owner: expect.any(String) as string,
        ageMs: expect.any(Number) as number,
      });
    await client.close();
  });

  it('shows one session and ends it', async () => {
    await start();
    const client = await TestClient.connect(server.url);
    await client.request('ping');
    const { body } = await admin.get('/admin/sessions');
    const id = body.items[0].session_id;

    await expect(admin.get(`/admin/sessions/${id}`)).resolves.toMatchObject({
      body: { session_id: id, state: 'ACTIVE', principal: 'anonymous', metrics: { message_count: 1 } },
    });
    await expect(admin.call('DELETE', `/admin/sessions/${id}`)).resolves.toMatchObject({
      body: { ended: id },
    });
    await expect(client.closing()).resolves.toMatchObject({ reason: 'ended by an operator' });
    await expect(admin.get('/admin/sessions/none')).resolves.toMatchObject({ status: 404 });
  });

  it('shows a session that is only in the store, readable or not', async () => {
    const folder = new TemporaryFolder();
    const id = '00000000-0000-4000-8000-000000000007';
    const record = {
      id,
      owner: 'o',
      startedAtMs: 0,
      paused: false,
      capabilities: NO_CAPABILITIES,
      tokens: {},
      counters: {},
      lastSeq: 3,
    };
    const lines = [
      String(new EntryLine({ kind: 'state', record })),
      String(new EntryLine({ kind: 'frame', frame: { seq: 4, text: '{}' } })),
      String(new EntryLine({ kind: 'request', request: { id: 'r1', tool: 'git_log' } })),
    ];
    await start({}, { store: { kind: 'file', path: folder.path } });
    folder.write(`${id}.session`, lines.map((line) => `${line}\n`).join(''));
    folder.write(`${id.replace('7', '8')}.session`, 'not what was written\n');

    const whole = await admin.get(`/admin/sessions/${id}`);
    const damaged = await admin.get(`/admin/sessions/${id.replace('7', '8')}`);

    expect(whole.body).toEqual({
      session_id: id,
      state: 'STORED',
      readable: 'whole',
      start_time: '1970-01-01T00:00:00.000Z',
      parked_at: null,
      repository: null,
      last_seq: 4,
      frames: 1,
      unfinished_requests: ['r1'],
    });
    expect(damaged.body).toMatchObject({ state: 'STORED', readable: 'damaged', line: 1 });
    expect((await admin.get('/admin/sessions/..%2Fowner')).status).toBe(404);
    folder.remove();
  });

  it('diagnoses for a principal with the scope admin by a tool as well, and for nobody else', async () => {
    await start({ mode: 'token', tokens: [token('reader', 'git:read'), token('operator', 'admin')] });
    const all = await ask('operator', { all: true });
    const section = await ask('operator', { section: 'store', all: true });
    const refused = await ask('reader', {});

    const checks = all['result'].structuredContent.findings.map(({ check }: { check: string }) => check);
    expect(checks).toEqual(expect.arrayContaining(['startup.phase', 'memory.leak', 'circuits.state']));
    expect(all['result'].content[0].text).toMatch(/^\d+ checks: (ok|warning|failed)\n/);
    expect(section['result'].structuredContent.findings).toMatchObject([
      { check: 'store.sessions', verdict: 'ok', figures: { durable: false } },
    ]);
    expect(refused).toMatchObject({ type: 'error', error: { code: 'forbidden' } });
  });

  it('shows what runs and ends it, and its caller is told', async () => {
    await start();
    const client = await TestClient.connect(server.url);
    const call = client.request('tools/call', { params: { name: 'wait', arguments: { ms: 60_000 } } });
    await expect.poll(async () => (await admin.get('/admin/operations')).body.total).toBe(1);
    const { body } = await admin.get('/admin/operations');

    expect(body.items[0]).toMatchObject({ name: 'wait', request_id: 'req_1', kind: 'git.write' });
    await admin.call('DELETE', `/admin/operations/${body.items[0].id}`);

    await expect(call).resolves.toMatchObject({ type: 'error', error: { code: 'operation_cancelled' } });
    await expect(admin.call('DELETE', '/admin/operations/999')).resolves.toMatchObject({ status: 404 });
    await client.close();
  });

  it('opens, tunes and closes a circuit, and does not invent one', async () => {
    await start();
    server.app.get(BreakerRegistry).get('git.read');

    await admin.post('/admin/circuits/git.read/isolate');
    expect((await admin.get('/admin/circuits')).body.items).toMatchObject([
      { name: 'git.read', state: 'open', isolated: true },
    ]);
    const tuned = { failure_threshold: 10, recovery_timeout: '60s', half_open_max_calls: 3 };
    await expect(admin.call('PATCH', '/admin/circuits/git.read', tuned)).resolves.toMatchObject({
      body: { failureThreshold: 10, recoveryTimeoutMs: 60_000, halfOpenMaxCalls: 3 },
    });
    await expect(admin.post('/admin/circuits/git.read/reset')).resolves.toMatchObject({
      body: { state: 'closed' },
    });
    await expect(admin.post('/admin/circuits/git.raed/isolate')).resolves.toMatchObject({ status: 404 });
    expect((await admin.get('/admin/circuits')).body.total).toBe(1);
  });

  it('refuses a mistyped field instead of taking the default', async () => {
    await start();

    const { status, body } = await admin.post('/admin/sessions/clean', { idel: '1s' });

    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'validation_failed', details: [{ path: 'idel' }] });
  });

  it('drains and takes in work again', async () => {
    await start();

    await admin.post('/admin/drain');
    await expect(TestClient.refused(server.url)).resolves.toMatchObject({ status: 503 });
    await admin.post('/admin/accept');

    const client = await TestClient.connect(server.url);
    await expect(client.request('ping')).resolves.toMatchObject({ type: 'pong' });
    await client.close();
  });

  it('describes itself, with the fields of each body', async () => {
    await start();

    const { body } = await admin.get('/admin/openapi.json');

    expect(Object.keys(body.paths).every((path) => path.startsWith('/admin'))).toBe(true);
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/admin/diagnosis/{section}',
        '/admin/recovery/emergency',
        '/admin/profiles/{name}',
      ]),
    );
    expect(body.components.schemas.CircuitBody.properties).toHaveProperty('failure_threshold');
    for (const methods of Object.values<Record<string, { summary?: string }>>(body.paths)) {
      for (const { summary } of Object.values(methods)) expect(summary).toBeTruthy();
    }
  });
});

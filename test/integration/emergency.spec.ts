import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { AdminModule } from '../../src/admin/admin.module.js';
import { DiagnosisWatch } from '../../src/diagnostics/diagnosis.watch.js';
import { AdminClient } from '../support/admin-client.js';
import { GitRepository } from '../support/git-repository.js';
import { WaitTool } from '../support/probe.tools.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { TestClient } from '../support/test-client.js';
import { TestServer } from '../support/test-server.js';

const CLIENTS = 30;

describe('An operator in an emergency', () => {
  let repository: GitRepository;
  let server: TestServer;
  let admin: AdminClient;
  let log: RecordingLogger;
  let wait: WaitTool;

  beforeEach(async () => {
    repository = new GitRepository();
    repository.commitFiles('one', { 'a.txt': 'a' });
    log = new RecordingLogger();
    wait = new WaitTool();
    server = await TestServer.start({
      settings: { git: { roots: [repository.root] } },
      modules: [AdminModule],
      tools: [wait],
      logger: log,
    });
    admin = new AdminClient(server.url);
  });

  afterEach(async () => {
    await server.stop();
    repository.remove();
  });

  it('stops everything under load, each caller is answered, and the server serves on', async () => {
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => TestClient.connect(server.url)));
    const calls = clients.map((client) =>
      client.request('tools/call', { params: { name: 'wait', arguments: { ms: 600_000 } } }),
    );
    await expect.poll(() => wait.started).toBeGreaterThanOrEqual(10);
    const before = [repository.head(), repository.status()];

    const [first, second] = await Promise.all([
      admin.post('/admin/recovery/emergency'),
      admin.post('/admin/recovery/emergency'),
    ]);
    const answers = await Promise.all(calls);
    const goodbyes = await Promise.all(clients.map((client) => client.closing()));
    const again = await admin.post('/admin/recovery/emergency');

    expect([first.body, again.body].map(({ recovered }) => recovered)).toEqual([true, true]);
    expect(second.body).toEqual(first.body);
    expect(answers.map(({ error }) => error?.code)).toEqual(clients.map(() => 'operation_cancelled'));
    expect(goodbyes.map(({ code }) => code)).toEqual(clients.map(() => 1012));
    expect([repository.head(), repository.status()]).toEqual(before);
    const next = await TestClient.connect(server.url);
    const status = await next.request('tools/call', {
      params: { name: 'git_status', arguments: { repo_path: repository.path } },
    });
    await next.close();
    expect(status.type).toBe('tools/call/result');
  });

  const changesOf = (check: string) =>
    log
      .of('Diagnosis')
      .filter((one) => one['check'] === check)
      .map(({ before, verdict }) => [before, verdict]);

  it('reads in the log when a verdict changes, and only then', async () => {
    const watch = server.app.get(DiagnosisWatch, { strict: false });
    const client = await TestClient.connect(server.url);
    await client.request('tools/call', {
      params: { name: 'git_status', arguments: { repo_path: repository.path } },
    });
    await client.close();
    await watch.run();

    await admin.post('/admin/circuits/git.read/isolate');
    await watch.run();
    await watch.run();
    await admin.post('/admin/circuits/git.read/reset');
    await watch.run();

    expect(changesOf('circuits.state')).toEqual([
      ['ok', 'warning'],
      ['warning', 'ok'],
    ]);
  });
});

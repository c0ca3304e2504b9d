import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { AdminClient } from '../support/admin-client.js';
import { TestClient } from '../support/test-client.js';
import { timelessPictureOf } from '../support/timeless-picture.js';
import { Figures } from './support/figures.js';
import { scene } from './support/scene.js';

const UNLIMITED = { MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false' };
const STEPS = 5;

describe('What an operator needs', () => {
  const here = scene();

  it('an emergency under load, with a call that is stuck, a breaker open and a session damaged: over in seconds', async (context) => {
    const figures = new Figures(context, 35);
    const store = here.repository.file('../sessions');
    const stuck = here.repository.file('../stuck-git');
    here.repository.write(
      '../stuck-git',
      '#!/bin/sh\ncase "$*" in *" commit "*) sleep 600;; esac\nexec git "$@"\n',
      0o755,
    );
    const env = { ...UNLIMITED, MCP_GIT_SESSIONS_STORE_PATH: store, MCP_GIT_GIT_BINARY: stuck };
    await here.start(env);
    const damaged = await TestClient.begin(here.server.webSocketUrl);
    await damaged.request('session/get');
    await here.server.stop('SIGKILL');
    damageAll(store);
    await here.start(env);
    const admin = new AdminClient(here.server.url);
    here.repository.write('file.txt', 'more\n').stage('file.txt');
    const before = timelessPictureOf(here.repository);
    const stubborn = await here.connect();
    const waiting = here.call(stubborn, 'git_commit', { message: 'never' });
    await admin.post('/admin/circuits/git.read/isolate');
    const load = await here.load(8);
    const message = {
      type: 'tools/call',
      params: { name: 'git_log', arguments: { repo_path: here.repository.path } },
    };
    // Its connections are closed with all others, so that it does not come to its end.
    void load.closedLoop({ messages: [message], seconds: 5 }, 8).catch(() => undefined);

    const startedAt = performance.now();
    const { body } = await admin.post('/admin/recovery/emergency');
    const next = await here.connect();
    const served = await here.call(next, 'git_log');
    const took = performance.now() - startedAt;

    expect((await waiting)['error']?.code).toBe('operation_cancelled');
    expect(served.type).toBe('tools/call/result');
    figures.atMost('a call is served again after', took, 5_000, 'ms');
    figures.exactly('steps reported', body.steps.length, STEPS);
    figures.exactly('damaged sessions put aside', readdirSync(`${store}/quarantine`).length, 1);
    expect(timelessPictureOf(here.repository)).toEqual(before);
    here.repository.fsck();
  });
});

function damageAll(store: string): void {
  for (const name of readdirSync(store).filter((one) => one.endsWith('.session'))) {
    const bytes = readFileSync(`${store}/${name}`);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0xff;
    writeFileSync(`${store}/${name}`, bytes);
  }
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { type Frame } from '../support/test-client.js';
import { Figures, LONG } from './support/figures.js';
import { quantile, timeUntil } from './support/observed.js';
import { scene } from './support/scene.js';
import { zombiesOf } from './support/server-memory.js';

const UNLIMITED = { MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false' };
/** What a server that is cancelled waits for at most before it answers; the rest of 100 ms is for the answer itself. */
const GRACE_MS = 75;
/** Commits as if it would never end, whatever it is told, and clones as if it would never end unless it is told. */
const SLOW_GIT = `#!/bin/sh
case "$*" in
  *" commit "*) trap "" TERM; sleep 600 & wait; wait;;
  *" clone "*) exec sleep 600;;
esac
exec git "$@"
`;

describe('Calls that are cancelled', () => {
  const here = scene();

  it('by the hundred: the answer comes at once, no process stays, the place is free', async (context) => {
    const figures = new Figures(context, 30);
    const count = LONG ? 1_000 : 100;
    const slow = here.repository.file('../slow-git');
    here.repository.write('../slow-git', SLOW_GIT, 0o755);
    const remote = here.repository.cloneBare().path;
    await here.start({
      ...UNLIMITED,
      MCP_GIT_GIT_BINARY: slow,
      MCP_GIT_GIT_KILL_GRACE: '200ms',
      MCP_GIT_GIT_REMOTE_PROTOCOLS: 'file',
      // Whoever comes next waits for the place of whoever is cancelled.
      MCP_GIT_RESILIENCE_MAX_CONCURRENT_OPERATIONS: '1',
    });
    const client = await here.connect();
    const fresh = join(here.repository.root, 'fresh');
    const calls = [
      { name: 'git_commit', arguments: { repo_path: here.repository.path, message: 'never' } },
      { name: 'git_clone', arguments: { url: remote, repo_path: fresh } },
    ];
    const log = () => here.call(client, 'git_log');
    const isSlow = () => here.server.descendants().some(({ command }) => command.includes('sleep'));
    const times: Record<'usual' | 'usualLog' | 'cancelled' | 'free' | 'killed', number[]> = {
      usual: [],
      usualLog: [],
      cancelled: [],
      free: [],
      killed: [],
    };

    for (let number = 0; number < count; number += 1) {
      here.repository.write('file.txt', `${number}\n`).stage('file.txt');
      times.usual.push(await timed(() => client.request('ping')));
      times.usualLog.push(await timed(log));
      const id = `cancelled-${number}`;
      client.send({ type: 'tools/call', id, params: calls[number % calls.length] });
      await timeUntil(isSlow, 2);
      const startedAt = performance.now();
      const answer = client.answer(id);
      await client.request('notifications/cancelled', { request_id: id });
      expect(await answer).toMatchObject({ error: { code: 'operation_cancelled' } });
      times.cancelled.push(performance.now() - startedAt);
      times[number % calls.length === 0 ? 'killed' : 'free'].push(await timed(log));
    }
    const took = await timeUntil(() => !isSlow());

    const p99 = (which: keyof typeof times) => quantile(times[which], 0.99);
    figures.atMost(
      'cancelled is said after',
      p99('cancelled'),
      Math.max(100, GRACE_MS + 2 * p99('usual')),
      'ms',
    );
    figures.atMost('the next one is served after', p99('free'), Math.max(100, 2 * p99('usualLog')), 'ms');
    figures.measured('the next one is served after, where git does not heed its end', p99('killed'), 'ms');
    figures.atMost('no process left after', took, 6_000, 'ms');
    figures.exactly('processes that ended and were not taken leave of', zombiesOf(here.server.pid), 0);
    figures.exactly('clones left', existsSync(fresh) ? 1 : 0, 0);
  }, 300_000);
});

/** @returns milliseconds until it is answered, which must not be by an error */
async function timed(work: () => Promise<Frame>): Promise<number> {
  const startedAt = performance.now();
  expect((await work()).type).not.toBe('error');
  return performance.now() - startedAt;
}

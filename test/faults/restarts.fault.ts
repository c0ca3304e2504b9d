import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, beforeEach, describe, it } from 'vitest';

import { ServerProcess } from '../support/server-process.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { TestClient } from '../support/test-client.js';
import { Figures, LONG } from './support/figures.js';

const SESSIONS = 500;
const RESTARTS = LONG ? 10 : 3;
const BACK_WITHIN_MS = 5_000;
const BIN_MS = 100;
/** Of all clients that come back, in one tenth of a second. */
const MOST_AT_ONCE = 0.2;

interface Return {
  readonly client: TestClient;
  readonly id: string;
  /** When it knocked, after it was told to go. */
  readonly afterMs: number;
  /** When it was served again, after the restart was asked for. */
  readonly backMs: number;
  readonly outcome: 'resumed' | 'told' | 'lost';
}

describe(`${SESSIONS} sessions through ${RESTARTS} restarts`, () => {
  let folder: TemporaryFolder;
  let server: ServerProcess;

  beforeEach(async () => {
    folder = new TemporaryFolder();
    server = await ServerProcess.start({
      supervised: true,
      env: {
        HOME: folder.path,
        MCP_GIT_SESSIONS_STORE_PATH: join(folder.path, 'sessions'),
        MCP_GIT_DIAGNOSTICS_PROFILE_FOLDER: join(folder.path, 'profiles'),
      },
    });
  });

  afterEach(async () => {
    await server.stop();
    folder.remove();
  });

  it(
    'go on, all but one in a thousand, without a gap, and their clients do not come all at once',
    async (context) => {
      const figures = new Figures(context, 7);
      let sessions = await Promise.all(Array.from({ length: SESSIONS }, begin));
      const outcomes = { resumed: 0, told: 0, lost: 0 };
      const crowds: number[] = [];
      const absences: number[] = [];

      for (let restart = 0; restart < RESTARTS; restart += 1) {
        const startedAt = performance.now();
        const coming = sessions.map((one) => comeBack(one.client, one.id, startedAt));
        process.kill(server.pid, 'SIGHUP');
        const back = await Promise.all(coming);
        for (const { outcome } of back) outcomes[outcome] += 1;
        absences.push(...back.map(({ backMs }) => backMs));
        crowds.push(mostAtOnce(back) / back.length);
        sessions = back.filter(({ outcome }) => outcome === 'resumed');
        await Promise.all(sessions.map(({ client }) => client.request('session/get')));
      }

      const gaps = sessions.filter(({ client }) => client.seqs.some((seq, index) => seq !== index + 1));
      for (const { client } of sessions) client.socket.terminate();
      const all = outcomes.resumed + outcomes.told;
      figures.exactly('lost without being told', outcomes.lost, 0);
      figures.atLeast('resumed, as a share', outcomes.resumed / all, 0.999);
      figures.exactly('sessions with a gap', gaps.length, 0);
      figures.atMost('the last is back after', Math.max(...absences), BACK_WITHIN_MS, 'ms');
      figures.atMost('most that come back in 100 ms, as a share', Math.max(...crowds), MOST_AT_ONCE);
    },
    LONG ? 900_000 : 90_000,
  );

  async function begin(): Promise<{ client: TestClient; id: string }> {
    const client = await TestClient.begin(server.webSocketUrl);
    const { result } = await client.request('session/get');
    return { client, id: result.session_id as string };
  }

  /** As docs/protocol.md asks of a client. */
  async function comeBack(before: TestClient, id: string, startedAt: number): Promise<Return> {
    const { retry_after_ms: waitMs } = await before.next('server/draining');
    await before.closing();
    const since = performance.now();
    await pause(waitMs as number);
    const afterMs = performance.now() - since;
    const { client, answer } = await TestClient.resume(server.webSocketUrl, before);
    const backMs = performance.now() - startedAt;
    const isSame = answer['result']?.session_id === id && answer['result'].resume.lost === 0;
    const wasTold = answer['error']?.code === 'session_expired' || (answer['result']?.resume?.lost ?? 0) > 0;
    return { client, id, afterMs, backMs, outcome: isSame ? 'resumed' : wasTold ? 'told' : 'lost' };
  }
});

function mostAtOnce(returns: readonly Return[]): number {
  const bins = new Map<number, number>();
  for (const { afterMs } of returns) {
    const bin = Math.floor(afterMs / BIN_MS);
    bins.set(bin, (bins.get(bin) ?? 0) + 1);
  }
  return Math.max(...bins.values());
}

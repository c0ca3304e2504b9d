import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../src/shared/clock.js';
import { bindSocket } from '../../src/supervisor/listening-socket.js';
import { type ServerExit } from '../../src/supervisor/server-child.js';
import { Supervisor } from '../../src/supervisor/supervisor.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

/** Says that it serves and crashes at once. */
const CRASHES = `process.send({ kind: 'ready' }, () => process.exit(3));`;
const FAILS = `process.exit(78);`;

describe('A supervisor whose server does not live', () => {
  let folder: TemporaryFolder;
  let log: RecordingLogger;
  let supervisor: Supervisor;
  let ended: ServerExit[];

  beforeEach(() => {
    folder = new TemporaryFolder();
    log = new RecordingLogger();
    ended = [];
    Logger.overrideLogger(log);
  });

  afterEach(() => {
    Logger.overrideLogger(false);
    folder.remove();
  });

  const keep = (exit: ServerExit) => void ended.push(exit);

  async function supervise(script: string): Promise<void> {
    const socket = await bindSocket('127.0.0.1', 0);
    const words = [folder.write('server.cjs', script)];
    supervisor = new Supervisor({ words, socket, drainTimeoutMs: 1_000, clock: systemClock, end: keep });
    supervisor.start();
  }

  const crashes = () => log.of('Supervisor').filter(({ wait_ms: waitMs }) => waitMs !== undefined);

  it('starts it again ever later where it crashes in a row', async () => {
    await supervise(CRASHES);
    await expect.poll(() => crashes().length, { timeout: 20_000 }).toBe(3);

    supervisor.endWith('SIGTERM');

    expect(crashes().map(({ code, wait_ms: waitMs }) => [code, waitMs])).toEqual([
      [3, 500],
      [3, 1_000],
      [3, 2_000],
    ]);
    expect(ended).toHaveLength(1);
  });

  it('ends with it where it never served, and does not try again', async () => {
    await supervise(FAILS);

    await expect.poll(() => ended, { timeout: 20_000 }).toEqual([{ code: 78, signal: null }]);
    expect(crashes()).toEqual([]);
  });
});

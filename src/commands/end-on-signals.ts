import { type INestApplicationContext, Logger } from '@nestjs/common';

import { GitConfig } from '../config/sections/index.js';
import { Drain } from '../gateway/drain.service.js';
import { OperationExecutor } from '../resilience/operation.executor.js';
import { SessionRegistry } from '../sessions/session.registry.js';
import { ServerError } from '../shared/errors/index.js';
import { EXIT } from './exit-codes.js';

type EndSignal = 'SIGTERM' | 'SIGINT';

/** What ends with the server: the real process, or a test's stand-in. */
export interface EndableProcess {
  on(signal: EndSignal, listener: (signal: EndSignal) => void): unknown;
  exit(code: number): void;
}

/** What closing takes at most once nothing runs any more. */
const CLOSE_DEADLINE_MS = 10_000;
/** What ending takes beside `git.killGrace`, after which a git that does not heed SIGTERM is killed. */
const BESIDE_KILL_GRACE_MS = 2_000;

/**
 * The first SIGTERM or SIGINT drains and closes the server and ends the process with 0. The second ends it with
 * 143 or 130 without waiting for operations; their processes are ended all the same.
 *
 * @returns what ends it as the first signal does, where it is over for another reason
 */
export function endOnSignals(
  app: INestApplicationContext,
  ending: EndableProcess,
): { endInOrder(before?: 'stop' | 'restart'): Promise<void> } {
  const end = new OrderlyEnd(app, ending);
  ending.on('SIGTERM', (signal) => end.onSignal(signal));
  ending.on('SIGINT', (signal) => end.onSignal(signal));
  return end;
}

class OrderlyEnd {
  private readonly logger = new Logger('Server');
  private signals = 0;
  private underway: Promise<void> | undefined;

  constructor(
    private readonly app: INestApplicationContext,
    private readonly ending: EndableProcess,
  ) {}

  onSignal(signal: EndSignal): void {
    this.signals += 1;
    if (this.signals === 1) this.logger.log('Signal received, draining');
    if (this.signals === 1) void this.endInOrder();
    if (this.signals === 2) void this.endAtOnce(signal);
  }

  endInOrder(before: 'stop' | 'restart' = 'stop'): Promise<void> {
    this.underway ??= this.end(before);
    return this.underway;
  }

  private async end(before: 'stop' | 'restart'): Promise<void> {
    let code: number = EXIT.ok;
    try {
      await this.app.get(Drain).drain(before);
      const ended = await this.operationsEnd(AbortSignal.timeout(this.killMs));
      if (!(await this.closeWithin(CLOSE_DEADLINE_MS)) || !ended) code = EXIT.failed;
    } catch (err) {
      this.logger.error('Closing failed', { err });
      code = EXIT.failed;
    }
    // A second signal cancels what this one waited for; the exit code is then its own.
    if (this.signals <= 1) this.ending.exit(code);
  }

  private async endAtOnce(signal: EndSignal): Promise<void> {
    // Closing waits for the drain, and the drain for operations: without them it is quick, and their processes end.
    const reason = new ServerError(
      'operation_cancelled',
      'the server was told twice to end and waits no longer',
    );
    this.app.get(SessionRegistry).cancelEverything(reason);
    const deadline = AbortSignal.timeout(this.killMs);
    await this.closeWithin(this.killMs).catch(() => false);
    await this.operationsEnd(deadline);
    this.ending.exit(signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated);
  }

  /** The longest that a git lives on after it was told to end. */
  private get killMs(): number {
    return this.app.get(GitConfig).killGrace + BESIDE_KILL_GRACE_MS;
  }

  // Whoever cancels is answered before a stubborn git is gone, so that no answer is owed does not say that none runs;
  // and one that still runs when this process ends, nobody would kill.
  private async operationsEnd(deadline: AbortSignal): Promise<boolean> {
    try {
      await this.app.get(OperationExecutor).whenIdle(deadline);
      return true;
    } catch {
      this.logger.error('Operations outlived their end', { deadline_ms: this.killMs });
      return false;
    }
  }

  /** @returns whether the application closed in time */
  private async closeWithin(deadlineMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, deadlineMs, false);
    });
    const closed = await Promise.race([this.app.close().then(() => true), tooLate]);
    clearTimeout(timer);
    if (!closed) this.logger.error('Closing took too long', { deadline_ms: deadlineMs });
    return closed;
  }
}

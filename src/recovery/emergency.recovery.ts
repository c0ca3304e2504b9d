import { Inject, Injectable, Logger } from '@nestjs/common';

import { ServerError } from '../shared/errors/index.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { CacheRecovery } from './cache.recovery.js';
import { type StepReport, runStep } from './recovery-step.js';
import { TrafficRecovery } from './traffic.recovery.js';

export interface RecoveryReport {
  /** Whether every step was done. */
  readonly recovered: boolean;
  readonly took_ms: number;
  readonly steps: readonly StepReport[];
}

/**
 * The guide's emergency recovery: stops operations, clears caches, resets circuits, closes sessions, restarts heartbeat
 * and validation. Each step is attempted even when one before it failed. Repositories are not touched.
 */
@Injectable()
export class EmergencyRecovery {
  private readonly logger = new Logger(EmergencyRecovery.name);
  private underway: Promise<RecoveryReport> | undefined;

  constructor(
    private readonly traffic: TrafficRecovery,
    private readonly caches: CacheRecovery,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Asked again while it runs, it answers with the same report; asked later, it runs again and finds little to do. */
  run(): Promise<RecoveryReport> {
    this.underway ??= this.recover().finally(() => {
      this.underway = undefined;
    });
    return this.underway;
  }

  private async recover(): Promise<RecoveryReport> {
    this.logger.warn('Emergency recovery begins');
    const since = this.clock.monotonicMs();
    const reason = new ServerError(
      'operation_cancelled',
      'an operator stopped all operations; send it again',
    );
    const steps: StepReport[] = [];
    for (const [step, work] of [
      ['stop operations', () => this.traffic.stopOperations(reason)],
      ['clear caches', () => this.caches.clear()],
      ['reset circuits', () => this.caches.resetCircuits()],
      ['close sessions', () => this.traffic.closeSessions()],
      ['restart heartbeat and validation', () => this.caches.restart()],
    ] as const) {
      steps.push(await runStep(step, this.clock, work));
    }
    const recovered = steps.every(({ done }) => done);
    const took_ms = Math.round(this.clock.monotonicMs() - since);
    this.logger[recovered ? 'log' : 'error']('Emergency recovery ended', { recovered, took_ms, steps });
    return { recovered, took_ms, steps };
  }
}

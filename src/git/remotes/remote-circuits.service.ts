import { Inject, Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { BreakerRegistry } from '../../resilience/breaker/breaker.registry.js';
import { isInfrastructureFailure } from '../../resilience/infrastructure-failures.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import { type ApprovedRemote } from './remote-policy.service.js';

type ToldRemote = Pick<ApprovedRemote, 'host'> & {
  readonly access: Pick<ApprovedRemote['access'], 'protocol'>;
};

/** A remote that was given less time than this, because its caller was in a hurry, proved nothing. */
const FAIR_TIME_MS = 30_000;

/** Keeps work away from a remote host that is known to be down. */
@Injectable()
export class RemoteCircuits {
  constructor(
    private readonly breakers: BreakerRegistry,
    private readonly config: GitConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws ServerError `circuit_open` with `retryAfterMs`; what the work throws */
  async run<T>({ host, access }: ToldRemote, work: () => Promise<T>): Promise<T> {
    // A repository of this machine has no host that could be down, and says nothing of another one.
    if (access.protocol === 'file') return work();
    const startedAt = this.clock.monotonicMs();
    const report = this.breakers.get(`remote:${host}`).enter();
    try {
      const value = await work();
      report('succeeded');
      return value;
    } catch (error) {
      report(this.isOfHost(error, this.clock.monotonicMs() - startedAt) ? 'failed' : 'ignored');
      throw error;
    }
  }

  // A refused credential or a missing branch says that the host is well.
  private isOfHost(error: unknown, tookMs: number): boolean {
    const timeoutSetByCaller = tookMs < Math.min(FAIR_TIME_MS, this.config.networkTimeout);
    return error instanceof ServerError && isInfrastructureFailure(error, { timeoutSetByCaller });
  }
}

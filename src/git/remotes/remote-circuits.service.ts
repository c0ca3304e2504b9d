import { Injectable } from '@nestjs/common';

import { BreakerRegistry } from '../../resilience/breaker/breaker.registry.js';
import { isInfrastructureFailure } from '../../resilience/infrastructure-failures.js';
import { ServerError } from '../../shared/errors/index.js';

/** Keeps work away from a remote host that is known to be down. */
@Injectable()
export class RemoteCircuits {
  constructor(private readonly breakers: BreakerRegistry) {}

  /** @throws ServerError `circuit_open` with `retryAfterMs`; what the work throws */
  async run<T>(host: string, work: () => Promise<T>): Promise<T> {
    const report = this.breakers.get(`remote:${host}`).enter();
    try {
      const value = await work();
      report('succeeded');
      return value;
    } catch (error) {
      // A refused credential or a missing branch says that the host is well.
      const failed = error instanceof ServerError && isInfrastructureFailure(error, {});
      report(failed ? 'failed' : 'ignored');
      throw error;
    }
  }
}

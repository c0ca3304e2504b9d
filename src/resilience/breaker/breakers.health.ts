import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

import { BreakerRegistry, isRemoteCircuit } from './breaker.registry.js';

/** Other circuits are of remotes, or of what the server can do without, as the store of sessions. */
const KIND = /^git\./;

@Injectable()
export class BreakersHealthIndicator {
  constructor(
    private readonly breakers: BreakerRegistry,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /**
   * Degraded while a circuit is open; down when every kind of operation that was ever asked for is, without an
   * operator having switched it off.
   */
  isHealthy(): HealthIndicatorResult<'breakers'> {
    const indicator = this.indicators.check('breakers');
    const all = this.breakers.all();
    const open = all.filter(({ status }) => status === 'open');
    if (open.length === 0) return indicator.up();
    // Hosts of remotes are what callers named: how many there are is enough for an anonymous probe.
    const remotes = open.filter(({ name }) => isRemoteCircuit(name)).length;
    const data = {
      open: open.map(({ name }) => name).filter((name) => !isRemoteCircuit(name)),
      open_remotes: remotes,
    };
    const kinds = all.filter(({ name }) => KIND.test(name));
    const dead = kinds.length > 0 && kinds.every(({ status, isolated }) => status === 'open' && !isolated);
    return dead ? indicator.down(data) : indicator.degraded(data);
  }
}

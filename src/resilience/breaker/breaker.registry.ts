import { Inject, Injectable, Logger } from '@nestjs/common';

import { type BreakerConfig, ResilienceConfig } from '../../config/sections/index.js';
import { MetricsRegistry } from '../../observability/metrics.registry.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import { type BreakerStats, type BreakerStatus, type BreakerTransition } from './breaker-state.js';
import { CircuitBreaker } from './circuit-breaker.js';

/** Names of remotes come from callers; what is used least is forgotten above this many circuits. */
const MAX_CIRCUITS = 256;
const REMOTE = 'remote:';
const SEVERITY: Readonly<Record<BreakerStatus, number>> = { closed: 0, 'half-open': 1, open: 2 };

/** The label that stands for a circuit in metrics: the hosts of remotes, which are unbounded, share one. */
export function circuitLabel(name: string): string {
  return name.startsWith(REMOTE) ? 'remote' : name;
}

export function isRemoteCircuit(name: string): boolean {
  return name.startsWith(REMOTE);
}

/** One circuit per kind of operation and per remote host (`remote:<host>`), made when first asked for. */
@Injectable()
export class BreakerRegistry {
  private readonly logger = new Logger(BreakerRegistry.name);
  // The remotes in order of use, the least recent first.
  private readonly breakers = new Map<string, CircuitBreaker>();
  private readonly listeners = new Set<(transition: BreakerTransition) => void>();

  constructor(
    private readonly config: ResilienceConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: MetricsRegistry,
  ) {
    const help = 'State of a circuit: 0 closed, 1 half-open, 2 open; the worst of all remotes';
    metrics.gauges('mcp_git_circuit_state', help, 'circuit', () => this.worstByLabel());
  }

  get(name: string): CircuitBreaker {
    const known = this.breakers.get(name);
    // Each operation asks for the one of its kind, which is never forgotten.
    if (known && !isRemoteCircuit(name)) return known;
    const breaker =
      known ?? new CircuitBreaker(name, this.config.breaker, this.clock, (change) => this.announce(change));
    if (known) this.breakers.delete(name);
    else if (this.breakers.size >= MAX_CIRCUITS) this.forgetOne();
    this.breakers.set(name, breaker);
    return breaker;
  }

  all(): readonly CircuitBreaker[] {
    return [...this.breakers.values()];
  }

  stats(): readonly BreakerStats[] {
    return this.all().map((breaker) => breaker.stats());
  }

  /** @throws ServerError `operation_failed`: no circuit of that name has been used */
  reset(name: string): void {
    this.existing(name).reset();
  }

  /** @returns the names of the circuits that were not closed */
  resetAll(): readonly string[] {
    const stuck = this.all().filter((breaker) => breaker.status !== 'closed');
    for (const breaker of this.breakers.values()) breaker.reset();
    return stuck.map(({ name }) => name);
  }

  /** @throws ServerError `operation_failed`: no circuit of that name has been used */
  assertKnown(name: string): void {
    this.existing(name);
  }

  isolate(name: string): void {
    this.get(name).isolate();
  }

  /** @throws ServerError `validation_failed`: a parameter is out of range */
  configure(name: string, changes: Partial<BreakerConfig>): void {
    this.get(name).configure(changes);
  }

  /** @returns ends the subscription */
  onTransition(listener: (transition: BreakerTransition) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private existing(name: string): CircuitBreaker {
    const breaker = this.breakers.get(name);
    if (!breaker) {
      throw new ServerError(
        'operation_failed',
        'No circuit of that name is known; list the circuits for their names',
        {
          details: { reason: 'unknown-circuit' },
        },
      );
    }
    return breaker;
  }

  // A kind of operation is never forgotten, and a healthy remote before one that is known to be down.
  private forgetOne(): void {
    const remotes = this.all().filter(({ name }) => isRemoteCircuit(name));
    const victim = remotes.find(({ status }) => status === 'closed') ?? remotes[0];
    if (victim) this.breakers.delete(victim.name);
  }

  private announce(transition: BreakerTransition): void {
    const { circuit, from, to, reason } = transition;
    const level = to === 'open' ? 'warn' : 'log';
    this.logger[level]('Circuit changed its state', { circuit, from, to, reason });
    for (const listener of this.listeners) listener(transition);
  }

  private worstByLabel(): ReadonlyMap<string, number> {
    const worst = new Map<string, number>();
    for (const { name, status } of this.breakers.values()) {
      const label = circuitLabel(name);
      worst.set(label, Math.max(worst.get(label) ?? 0, SEVERITY[status]));
    }
    return worst;
  }
}

import { Inject, Injectable, Logger } from '@nestjs/common';

import { CLOCK, type Clock } from '../shared/clock.js';
import {
  RESOURCE_TYPES,
  type ResourceRequest,
  type ResourceType,
  type ResourceView,
  type SweepReport,
} from './resource.js';

interface Held extends ResourceRequest {
  readonly since: number;
  owner: string | undefined;
}

type Source = () => Iterable<ResourceView>;

/**
 * Everything that has to be given back: what it is, whose it is, since when. Whoever acquires something says so here and
 * gives it back here. What others count already (sockets, timers, open repositories) is read from them when somebody asks.
 */
@Injectable()
export class ResourceLedger {
  private readonly logger = new Logger('Resources');
  private readonly held = new Map<number, Held>();
  private readonly sources: Source[] = [];
  private lastId = 0;

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  /** @returns the id to give it back under */
  acquire(request: ResourceRequest): number {
    this.lastId += 1;
    this.held.set(this.lastId, { ...request, owner: request.owner, since: this.clock.monotonicMs() });
    return this.lastId;
  }

  /** Called by whoever has ended the resource. One that is not known is warned of: somebody counts wrongly. */
  release(id: number): void {
    if (!this.held.delete(id)) this.logger.warn('An unknown resource was released', { resource_id: id });
  }

  /** Shows what is counted elsewhere, at no cost until somebody asks. */
  observe(source: Source): void {
    this.sources.push(source);
  }

  /** Ends what served an owner who is gone; what only its own code can end belongs to nobody from now on. */
  async releaseOwnedBy(owner: string): Promise<void> {
    for (const [id, held] of this.held) {
      if (held.owner !== owner) continue;
      held.owner = undefined;
      if (held.release !== undefined) await this.end(id, held);
    }
  }

  /** Ends what is older than `maxAgeMs` and belongs to nobody. */
  async sweep(maxAgeMs: number): Promise<SweepReport> {
    const released: ResourceView[] = [];
    const stuck: ResourceView[] = [];
    for (const [id, held] of this.held) {
      if (held.owner !== undefined || this.ageOf(held) < maxAgeMs) continue;
      const view = this.viewOf(id, held);
      ((await this.end(id, held)) ? released : stuck).push(view);
    }
    if (released.length + stuck.length > 0) {
      const count = { released: released.length, stuck: stuck.length };
      this.logger.warn('Resources that belong to nobody were swept', count);
    }
    return { released, stuck };
  }

  /** Oldest first. */
  all(): readonly ResourceView[] {
    const own = [...this.held].map(([id, held]) => this.viewOf(id, held));
    const others = this.sources.flatMap((source) => [...source()]);
    return [...own, ...others].toSorted((one, other) => other.ageMs - one.ageMs);
  }

  /** Of each type, without those that are only shown. */
  counts(): Readonly<Record<ResourceType, number>> {
    const counts = Object.fromEntries(RESOURCE_TYPES.map((type) => [type, 0])) as Record<
      ResourceType,
      number
    >;
    for (const { type } of this.held.values()) counts[type] += 1;
    return counts;
  }

  /** @returns whether it is gone */
  private async end(id: number, held: Held): Promise<boolean> {
    if (held.release === undefined) return false;
    try {
      await held.release();
      this.held.delete(id);
      return true;
    } catch (err) {
      this.logger.error('A resource could not be released', { resource_id: id, type: held.type, err });
      return false;
    }
  }

  private viewOf(id: number, held: Held): ResourceView {
    const { type, label, owner = null } = held;
    return { id, type, label, owner, ageMs: this.ageOf(held) };
  }

  private ageOf({ since }: Held): number {
    return this.clock.monotonicMs() - since;
  }
}

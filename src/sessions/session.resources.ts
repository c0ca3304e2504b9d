import { Inject, Injectable } from '@nestjs/common';

import { type ResourceView } from '../resources/resource.js';
import { ResourceLedger } from '../resources/resource.ledger.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { type Session } from './session.js';
import { SessionRegistry, type SessionListener } from './session.registry.js';

/** Releases with a session what served it, and shows the connections of all of them among the resources. */
@Injectable()
export class SessionResources implements SessionListener {
  constructor(
    private readonly sessions: SessionRegistry,
    private readonly resources: ResourceLedger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    sessions.listen(this);
    resources.observe(() => this.sockets());
  }

  sessionOpened(): void {
    // Its connection is read from the registry, so that opening one costs nothing more.
  }

  sessionClosed({ id }: Session): void {
    void this.resources.releaseOwnedBy(id);
  }

  private *sockets(): Iterable<ResourceView> {
    const now = this.clock.monotonicMs();
    for (const { id, parked, startedAt } of this.sessions.all()) {
      if (parked) continue;
      yield { type: 'socket', label: 'connection of a session', owner: id, ageMs: now - startedAt };
    }
  }
}

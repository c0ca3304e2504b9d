import { Injectable } from '@nestjs/common';

import { SessionRegistry } from '../../sessions/session.registry.js';
import { type Check } from '../check.js';
import { type Judgement, ok } from '../finding.js';

@Injectable()
export class StoreCheck implements Check {
  readonly id = 'store.sessions';
  readonly section = 'store';
  readonly guide = 'High Latency: Optimize database queries';
  readonly looksAt = 'where sessions are kept';

  constructor(private readonly sessions: SessionRegistry) {}

  judge(): Judgement {
    const figures = { kind: 'memory', sessions: this.sessions.size };
    return ok('sessions are kept in the memory of this process; they end with it', figures);
  }
}

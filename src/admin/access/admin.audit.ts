import { Inject, Injectable, Logger } from '@nestjs/common';

import { CLOCK, type Clock } from '../../shared/clock.js';
import { type AdminRequest } from './admin.request.js';

/** Who asked for what, and what came of it: one line for each call, refused ones included. */
@Injectable()
export class AdminAudit {
  private readonly logger = new Logger('Admin');
  private readonly begun = new WeakMap<AdminRequest, number>();

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  begin(request: AdminRequest): void {
    this.begun.set(request, this.clock.monotonicMs());
  }

  /** @param outcome `ok` or an error code */
  end(request: AdminRequest, outcome: string): void {
    const since = this.begun.get(request) ?? this.clock.monotonicMs();
    this.logger.log('Admin call', {
      method: request.method,
      path: request.originalUrl.split('?', 1)[0],
      principal: request.principal?.name ?? null,
      address: request.socket.remoteAddress ?? null,
      outcome,
      duration_ms: Math.round(this.clock.monotonicMs() - since),
    });
  }
}

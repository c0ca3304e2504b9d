import { Inject, Injectable } from '@nestjs/common';

import { ScheduledJobs } from '../observability/scheduled-jobs.service.js';
import { OperationExecutor } from '../resilience/operation.executor.js';
import { type ResourceView } from '../resources/resource.js';
import { ResourceLedger } from '../resources/resource.ledger.js';
import { CLOCK, type Clock } from '../shared/clock.js';

/** Shows the timers among the resources: those of scheduled jobs, and the deadline of each operation under way. */
@Injectable()
export class TimerResources {
  constructor(
    resources: ResourceLedger,
    private readonly jobs: ScheduledJobs,
    private readonly executor: OperationExecutor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    resources.observe(() => this.timers());
  }

  private *timers(): Iterable<ResourceView> {
    const now = this.clock.nowMs();
    for (const { name, scheduledAt } of this.jobs.all())
      yield { type: 'timer', label: `scheduled job ${name}`, owner: 'jobs', ageMs: now - scheduledAt };
    for (const { owner, age_ms: ageMs } of this.executor.underway.views())
      yield { type: 'timer', label: 'deadline of an operation', owner, ageMs };
  }
}

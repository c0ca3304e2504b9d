import { Inject, Injectable } from '@nestjs/common';

import { ScheduledJobs } from '../../observability/scheduled-jobs.service.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { type Check } from '../check.js';
import { failed, type Judgement, ok, warning } from '../finding.js';

const PATIENCE = 3;

@Injectable()
export class JobsCheck implements Check {
  readonly id = 'jobs.schedule';
  readonly section = 'jobs';
  readonly guide = 'Sessions Not Cleaning Up';
  readonly looksAt = 'each scheduled job: its period, its last success, its failures';

  constructor(
    private readonly jobs: ScheduledJobs,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  judge(): Judgement {
    const now = this.clock.nowMs();
    const jobs = this.jobs.all().map((job) => ({
      name: job.name,
      period_s: job.periodMs / 1_000,
      running: job.running,
      since_success_s: Math.round((now - (job.lastSuccessAt ?? job.scheduledAt)) / 1_000),
      failures: job.consecutiveFailures,
      overdue: now - (job.lastSuccessAt ?? job.scheduledAt) > job.periodMs * PATIENCE,
      last_error: job.lastError ?? null,
    }));
    const failing = jobs.filter(({ failures }) => failures > 0);
    const overdue = jobs.filter((job) => job.overdue);
    const figures = { jobs };
    const cures = [
      { what: 'see why in the log', command: 'mcp-git-server logs FILE --component ScheduledJobs' },
    ];
    if (failing.length > 0) {
      const said = failing.map(({ name, failures }) => `${name} (${failures} times)`).join(', ');
      return failed(`jobs fail: ${said}`, figures, { cause: failing[0]?.last_error ?? 'unknown', cures });
    }
    if (overdue.length === 0) return ok(`${jobs.length} jobs run on schedule`, figures);
    return warning(`jobs are overdue: ${overdue.map(({ name }) => name).join(', ')}`, figures, {
      cause: 'the process stood still, or a run of the job hangs',
      cures: [{ what: 'find what keeps it busy', command: 'mcp-git-server profile cpu' }],
    });
  }
}

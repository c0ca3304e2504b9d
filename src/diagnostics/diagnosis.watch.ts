import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { DiagnosticsConfig } from '../config/sections/index.js';
import { ScheduledJobs } from '../observability/scheduled-jobs.service.js';
import { Diagnosis } from './diagnosis.service.js';
import { type Finding, type Verdict } from './finding.js';

/** Runs the checks on schedule and says in the log what has changed since the last time, and nothing else. */
@Injectable()
export class DiagnosisWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Diagnosis');
  private readonly verdicts = new Map<string, Verdict>();
  private readonly ended = new AbortController();

  constructor(
    private readonly diagnosis: Diagnosis,
    private readonly config: DiagnosticsConfig,
    private readonly jobs: ScheduledJobs,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.every('diagnostics.watch', this.config.watchInterval, () => this.run());
  }

  onApplicationShutdown(): void {
    this.ended.abort();
  }

  async run(): Promise<void> {
    const { findings } = await this.diagnosis.watch(this.ended.signal);
    for (const finding of findings) this.compare(finding);
  }

  private compare(finding: Finding): void {
    const before = this.verdicts.get(finding.check) ?? 'ok';
    this.verdicts.set(finding.check, finding.verdict);
    if (before === finding.verdict) return;
    const { check, verdict, summary, cause, cures } = finding;
    const record = { check, verdict, before, summary, ...(cause !== undefined && { cause, cures }) };
    if (verdict === 'ok') this.logger.log('Diagnosis changed', record);
    else this.logger.warn('Diagnosis changed', record);
  }
}

import { Inject, Injectable } from '@nestjs/common';

import { CLOCK, type Clock } from '../shared/clock.js';
import { type Check, CHECKS } from './check.js';
import { type DiagnosisReport, type Section, worstOf } from './finding.js';
import { runChecks } from './run-checks.js';

/** Everything that the server knows of its own health, with the way out. One engine behind every face. */
@Injectable()
export class Diagnosis {
  constructor(
    @Inject(CHECKS) private readonly checks: readonly Check[],
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @param section all of them where absent */
  run(signal: AbortSignal, section?: Section): Promise<DiagnosisReport> {
    return this.report(
      this.checks.filter((check) => section === undefined || check.section === section),
      signal,
    );
  }

  /** Without the checks that cost something. */
  watch(signal: AbortSignal): Promise<DiagnosisReport> {
    return this.report(
      this.checks.filter(({ costly }) => costly !== true),
      signal,
    );
  }

  private async report(checks: readonly Check[], signal: AbortSignal): Promise<DiagnosisReport> {
    const findings = await runChecks(checks, signal);
    return { verdict: worstOf(findings), at: new Date(this.clock.nowMs()).toISOString(), findings };
  }
}

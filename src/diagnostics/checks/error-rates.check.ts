import { Injectable } from '@nestjs/common';

import { ResilienceConfig } from '../../config/sections/index.js';
import { ErrorAnalyzer } from '../../resilience/error-analyzer.service.js';
import { ERROR_TABLE } from '../../shared/errors/index.js';
import { type Check } from '../check.js';
import { failed, type Figures, type Judgement, ok, warning } from '../finding.js';

/** How many times the usual rate is a spike, where there is a usual rate at all. */
const UNUSUAL = 10;

/** Which errors there are, how often, and whether that is more than it should be or than it used to be. */
@Injectable()
export class ErrorRatesCheck implements Check {
  readonly id = 'errors.rates';
  readonly section = 'errors';
  readonly guide = 'Error Pattern Analysis';
  readonly looksAt = 'errors by class, their rates, and spikes above the threshold and above what is usual';

  constructor(
    private readonly analyzer: ErrorAnalyzer,
    private readonly config: ResilienceConfig,
  ) {}

  judge(): Judgement {
    const threshold = this.config.errors.spikeThreshold;
    const errors = this.analyzer.summary().map(({ code, total, rate, lastMinute, usual, samples }) => ({
      code,
      severity: ERROR_TABLE[code].severity,
      recoverable: ERROR_TABLE[code].recoverable,
      total,
      per_minute: round(rate),
      last_minute: round(lastMinute),
      usual_per_minute: round(usual),
      spike: lastMinute > threshold,
      unusual: lastMinute >= 2 && usual > 0 && lastMinute > usual * UNUSUAL,
      samples: samples.map((sample) => ({ ...sample })),
    }));
    const figures: Figures = { threshold_per_minute: threshold, errors };
    const spikes = errors.filter(({ spike, unusual }) => spike || unusual);
    if (spikes.length === 0) return ok(`${errors.length} kinds of errors were answered; no spike`, figures);
    const said = spikes.map(({ code, last_minute }) => `${code} ${last_minute}/min`).join(', ');
    const critical = spikes.some(({ severity }) => severity === 'critical');
    const cures = [
      { what: 'see where they come from', command: 'mcp-git-server logs analyze FILE' },
      ...(spikes.some(({ recoverable }) => recoverable)
        ? [{ what: 'see what is overloaded', command: 'mcp-git-server doctor --only circuits' }]
        : []),
      {
        what: 'raise the threshold where this is usual here',
        setting: `resilience.errors.spikeThreshold=${threshold * 2}`,
      },
    ];
    const cause =
      'one client, one remote or one repository fails again and again; samples name their requests';
    return (critical ? failed : warning)(`error spike: ${said}`, figures, { cause, cures });
  }
}

function round(rate: number): number {
  return Math.round(rate * 100) / 100;
}

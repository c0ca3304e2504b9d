import { Injectable } from '@nestjs/common';

import { ResourcesConfig } from '../../config/sections/index.js';
import { ResourceLedger } from '../../resources/resource.ledger.js';
import { type Check } from '../check.js';
import { type Judgement, ok, warning } from '../finding.js';

const SHOWN = 20;

@Injectable()
export class ResourcesCheck implements Check {
  readonly id = 'resources.unreleased';
  readonly section = 'resources';
  readonly guide = 'Resource Cleanup';
  readonly looksAt =
    'everything acquired, by type; what is older than resources.maxAge and belongs to nobody';

  constructor(
    private readonly resources: ResourceLedger,
    private readonly config: ResourcesConfig,
  ) {}

  judge(): Judgement {
    const all = this.resources.all();
    const forgotten = all.filter(({ owner, ageMs }) => owner === null && ageMs >= this.config.maxAge);
    const figures = {
      total: all.length,
      by_type: { ...this.resources.counts() },
      max_age_s: this.config.maxAge / 1_000,
      unowned: all.filter(({ owner }) => owner === null).length,
      forgotten: forgotten
        .slice(0, SHOWN)
        .map(({ type, label, ageMs }) => ({ type, label, age_s: Math.round(ageMs / 1_000) })),
    };
    if (forgotten.length === 0) return ok(`${all.length} resources are in use; none is forgotten`, figures);
    return warning(
      `${forgotten.length} resources belong to nobody and are older than ${figures.max_age_s} s`,
      figures,
      {
        cause: 'somebody acquired them and did not give them back',
        cures: [
          {
            what: 'release them now',
            command: 'mcp-git-server resources sweep',
            call: { method: 'POST', path: '/admin/resources/sweep' },
            safe: true,
          },
          { what: 'look for them more often', setting: 'resources.sweepInterval=60s' },
        ],
      },
    );
  }
}

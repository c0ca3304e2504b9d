import { Injectable } from '@nestjs/common';

import { type BreakerStats } from '../../resilience/breaker/breaker-state.js';
import { BreakerRegistry } from '../../resilience/breaker/breaker.registry.js';
import { type Check } from '../check.js';
import { type Cure, failed, type Judgement, ok, warning } from '../finding.js';

/** Not closed for more than this many times the recovery timeout counts as stuck, as the guide has it. */
const STUCK = 2;

@Injectable()
export class CircuitsCheck implements Check {
  readonly id = 'circuits.state';
  readonly section = 'circuits';
  readonly guide = 'Circuit Stuck Open';
  readonly looksAt = 'each circuit: state, counts, time since its failure, whether it should have recovered';

  constructor(private readonly breakers: BreakerRegistry) {}

  judge(): Judgement {
    const all = this.breakers.stats();
    const circuits = all.map((stats) => ({ ...stats, stuck: isStuck(stats) }));
    const troubled = circuits.filter(({ state }) => state !== 'closed');
    const figures = { circuits };
    if (troubled.length === 0) return ok(`all ${all.length} circuits are closed`, figures);
    const stuck = troubled.filter((circuit) => circuit.stuck);
    const names = troubled
      .map(({ name, state, isolated }) => `${name} ${isolated ? 'isolated' : state}`)
      .join(', ');
    if (stuck.length === 0) {
      return warning(`circuits are not closed: ${names}`, figures, {
        cause: 'operations of this kind failed in a row; a trial follows after the recovery timeout',
        cures: [
          { what: 'see the errors', command: 'mcp-git-server doctor --only errors' },
          ...cures(troubled),
        ],
      });
    }
    const since = Math.round(Math.max(...stuck.map(({ notClosedForMs = 0 }) => notClosedForMs)) / 1_000);
    return failed(`circuits are stuck: ${names}; not closed for ${since} s`, figures, {
      cause: stuck.some(({ isolated }) => isolated)
        ? 'an operator opened it, and only an operator closes it'
        : 'each trial fails: what it protects still does not work',
      cures: cures(stuck),
    });
  }
}

function isStuck({ state, notClosedForMs = 0, recoveryTimeoutMs }: BreakerStats): boolean {
  return state !== 'closed' && notClosedForMs > recoveryTimeoutMs * STUCK;
}

function cures(circuits: readonly BreakerStats[]): readonly Cure[] {
  return [
    ...circuits.slice(0, 5).map(({ name }): Cure => ({
      what: `close ${name} now`,
      command: `mcp-git-server circuits reset ${name}`,
      call: { method: 'POST', path: `/admin/circuits/${encodeURIComponent(name)}/reset` },
      safe: true,
    })),
    { what: 'start with more lenient circuits', command: 'mcp-git-server serve --profile lenient-breakers' },
  ];
}

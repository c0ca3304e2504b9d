import { type IntegrationPlan } from '../../git/integration/integration.previews.js';
import { type Plan } from '../changes/plan.js';
import { effectsText } from './effect.output.js';

/** What a merge, rebase, cherry-pick or revert would come to. */
export function integrationPlan({ summary, effects, conflicts }: IntegrationPlan): Plan {
  const stop = conflicts.length === 0 ? '' : ` Conflicts in: ${conflicts.join(', ')}.`;
  const rest = effects.length === 0 ? [] : [effectsText(effects)];
  return { text: [`${summary}.${stop}`, ...rest].join('\n'), effects };
}

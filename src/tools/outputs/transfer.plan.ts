import { type TransferPlan } from '../../git/remotes/remote.previews.js';
import { type Plan } from '../changes/plan.js';
import { planOf } from './effect.output.js';

/** For the dry run of what brings something from a remote. */
export function transferPlan({ effects, unknown }: TransferPlan): Plan {
  const plan = planOf({ effects });
  return unknown === undefined ? plan : { ...plan, text: `${plan.text}\n${unknown}` };
}

import { createHash } from 'node:crypto';

import { type Plan } from './plan.js';

/** Of the call itself or of how it is answered, and not of what it does. */
const NOT_OF_THE_CHANGE = new Set([
  'dry_run',
  'confirm',
  'plan_token',
  'idempotency_key',
  'max_bytes',
  'response_format',
  'verbosity',
]);
/** 132 bits: a model copies it, and nobody finds another plan that has it. */
const LENGTH = 22;

/** The arguments that say what a call does, in one form whatever their order was. */
export function changeArguments(input: object): string {
  const entries = Object.entries(input).filter(([key]) => !NOT_OF_THE_CHANGE.has(key));
  return canonical(Object.fromEntries(entries));
}

/**
 * Stands for what a call would do, and to what: whoever shows it has seen the plan, and when the plan made at the time of
 * the run has another token, the repository changed in between.
 *
 * @param place path of the repository, or of the one to be made
 */
export function planToken(tool: string, input: object, place: string, { effects }: Plan): string {
  const facts = JSON.stringify([tool, changeArguments(input), place, canonical(effects)]);
  return createHash('sha256').update(facts).digest('base64url').slice(0, LENGTH);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

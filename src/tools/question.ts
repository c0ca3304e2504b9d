import { basename } from 'node:path';

import { type Repository } from '../git/repository.js';
import { type Plan } from './changes/plan.js';
import { type Question } from './confirmation.js';

const MAX_QUOTED = 120;

/**
 * A question about one repository. What the caller named stands in it quoted and cut, so that it cannot be read as
 * part of the question.
 */
export function question(
  parts: TemplateStringsArray,
  ...named: readonly [...texts: string[], repository: Repository]
): Question {
  const quoted = named.map((value) => quote(typeof value === 'string' ? value : basename(value.path)));
  return { message: parts.map((part, index) => `${part}${quoted[index] ?? ''}`).join('') };
}

function quote(text: string): string {
  const plain = text.replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|"/gu, ' ');
  return plain.length > MAX_QUOTED ? `"${plain.slice(0, MAX_QUOTED)}…"` : `"${plain}"`;
}

const MAX_EFFECTS = 5;

/** Asks whether a plan is to be carried out: its first line, and the first of its effects. */
export function planQuestion({ text, effects }: Plan, repository: Repository): Question {
  const [first = ''] = text.split('\n', 1);
  const more = effects.length > MAX_EFFECTS ? ` and ${effects.length - MAX_EFFECTS} more` : '';
  const named = effects.slice(0, MAX_EFFECTS).map(({ action, subject }) => `${action} ${quote(subject)}`);
  const what = named.length === 0 ? '' : `: ${named.join(', ')}${more}`;
  return { message: `Do this in the repository ${quote(basename(repository.path))}? ${quote(first)}${what}` };
}

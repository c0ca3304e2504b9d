import { basename } from 'node:path';

import { type Repository } from '../git/repository.js';
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

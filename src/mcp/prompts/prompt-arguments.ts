import { nearestName } from '../../config/nearest-name.js';
import { type FieldIssue, ServerError } from '../../shared/errors/index.js';
import { isWellFormed } from '../../validation/dto/text.constraints.js';
import { type PromptArgument } from './prompt.js';

export type Given = Readonly<Record<string, string>>;

const MAX_LENGTH = 4_096;

export const REPO_PATH: PromptArgument = {
  name: 'repo_path',
  description: 'Path of the repository, or of a file or folder in it',
  required: true,
  completes: 'repository',
};

export const BASE: PromptArgument = {
  name: 'base',
  description: 'What the changes would be merged into; the main branch where it is left out',
  required: false,
  completes: 'branch',
};

export const COMPARE: PromptArgument = {
  name: 'compare',
  description: 'What holds the changes: a branch, a tag or a commit; HEAD where it is left out',
  required: false,
  completes: 'ref',
};

export function optional(
  name: string,
  description: string,
  more: Pick<PromptArgument, 'completes' | 'maxLength'> = {},
): PromptArgument {
  return { name, description, required: false, ...more };
}

/**
 * What was given, without empty texts: the forms of clients send one for each field that is left out.
 *
 * @throws ServerError `validation_failed` with an issue for each argument that is unknown, missing or too long
 */
export function readArguments(known: readonly PromptArgument[], given: Given): Given {
  const said = Object.entries(given).filter(([, value]) => typeof value !== 'string' || value.trim() !== '');
  const issues = [
    ...said.flatMap(([name, value]) => issuesOf(name, value, known)),
    ...known
      .filter(({ name, required }) => required && !said.some(([other]) => other === name))
      .map(({ name }) => issue(name, 'isDefined', `${name} is needed`)),
  ];
  if (issues.length === 0) return Object.fromEntries(said);
  const message = 'The arguments do not fit the prompt; details name each one';
  throw new ServerError('validation_failed', message, { details: issues });
}

function issuesOf(name: string, value: unknown, known: readonly PromptArgument[]): FieldIssue[] {
  const argument = known.find((one) => one.name === name);
  if (!argument) return [unknownArgument(name.slice(0, 64), known)];
  if (!isWellFormed(value)) return [issue(name, 'isWellFormed', `${name} must be well-formed Unicode text`)];
  const { maxLength = MAX_LENGTH } = argument;
  if ((value as string).length <= maxLength) return [];
  return [issue(name, 'maxLength', `${name} must not be longer than ${maxLength} characters`)];
}

function unknownArgument(name: string, known: readonly PromptArgument[]): FieldIssue {
  const nearest = nearestName(
    name,
    known.map((one) => one.name),
  );
  const hint = nearest === undefined ? 'prompts/list says which there are' : `did you mean ${nearest}?`;
  return issue(name, 'whitelistValidation', `The prompt has no such argument; ${hint}`);
}

function issue(name: string, constraint: string, message: string): FieldIssue {
  return { path: `arguments.${name}`, constraint, message };
}

import { UsageError } from './usage.error.js';

/** What an operator does beside starting the server. */
export const OPERATOR_COMMANDS = [
  'doctor',
  'validate',
  'logs',
  'recover',
  'log-level',
  'sessions',
  'operations',
  'circuits',
  'validation',
  'heartbeat',
  'resources',
  'locks',
  'store',
  'errors',
  'jobs',
  'drain',
  'accept',
  'profile',
] as const;

const ALL: readonly string[] = OPERATOR_COMMANDS;

export const OPERATOR_OPTIONS = {
  url: { type: 'string' },
  json: { type: 'boolean' },
  fix: { type: 'boolean' },
  yes: { type: 'boolean' },
  only: { type: 'string' },
  emergency: { type: 'boolean' },
  for: { type: 'string' },
  idle: { type: 'string' },
  duration: { type: 'string' },
  failures: { type: 'string' },
  recovery: { type: 'string' },
  trials: { type: 'string' },
  level: { type: 'string' },
  component: { type: 'string' },
  session: { type: 'string' },
  request: { type: 'string' },
  tool: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
} as const;

type OptionName = keyof typeof OPERATOR_OPTIONS;

/** Each option with the commands that know it. */
const OWNERS: Readonly<Record<OptionName, readonly string[]>> = {
  url: ALL.filter((command) => command !== 'validate' && command !== 'logs'),
  json: ALL,
  fix: ['doctor'],
  yes: ['doctor'],
  only: ['doctor'],
  emergency: ['recover'],
  for: ['log-level'],
  idle: ['sessions'],
  duration: ['profile'],
  failures: ['circuits'],
  recovery: ['circuits'],
  trials: ['circuits'],
  level: ['logs'],
  component: ['logs'],
  session: ['logs'],
  request: ['logs'],
  tool: ['logs'],
  since: ['logs'],
  until: ['logs'],
};

export type OperatorOptions = Readonly<{
  [Name in OptionName]?: (typeof OPERATOR_OPTIONS)[Name]['type'] extends 'boolean' ? boolean : string;
}>;

export function takesWords(command: string): boolean {
  return ALL.includes(command);
}

/** @throws UsageError for an option that belongs to another command */
export function operatorOptions(command: string, values: OperatorOptions): OperatorOptions {
  const given = (Object.keys(OWNERS) as OptionName[]).filter((name) => values[name] !== undefined);
  for (const name of given) {
    if (OWNERS[name].includes(command)) continue;
    throw new UsageError(
      `--${name} belongs to ${OWNERS[name].length > 4 ? 'the commands of operators' : `the command ${OWNERS[name].join(', ')}`}`,
    );
  }
  return Object.fromEntries(given.map((name) => [name, values[name]]));
}

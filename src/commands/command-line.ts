import { parseArgs } from 'node:util';

import type { SettingFlag } from '../config/flag.source.js';
import { nearestName } from '../config/nearest-name.js';
import {
  OPERATOR_COMMANDS,
  OPERATOR_OPTIONS,
  type OperatorOptions,
  operatorOptions,
  takesWords,
} from './operator-options.js';
import { UsageError } from './usage.error.js';

export const COMMANDS = [
  'serve',
  'stdio',
  'config',
  'restart',
  ...OPERATOR_COMMANDS,
  'version',
  'help',
] as const;

/** What follows these are repositories, as clients that start a server themselves are used to name folders. */
const TAKES_FOLDERS: ReadonlySet<string> = new Set(['stdio']);

export interface CommandLine {
  readonly command: (typeof COMMANDS)[number];
  /** `config --schema` */
  readonly schema: boolean;
  readonly profile?: string;
  /** Path of the operator's own YAML file. */
  readonly file?: string;
  readonly settings: readonly SettingFlag[];
  /** Descriptor of a socket to serve on, which the supervisor holds. */
  readonly listenFd?: number;
  /** What follows an operator's command. */
  readonly words: readonly string[];
  readonly options: OperatorOptions;
}

const OPTIONS = {
  port: { type: 'string' },
  host: { type: 'string' },
  repository: { type: 'string', multiple: true },
  config: { type: 'string' },
  profile: { type: 'string' },
  set: { type: 'string', multiple: true },
  schema: { type: 'boolean' },
  'listen-fd': { type: 'string' },
  ...OPERATOR_OPTIONS,
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

type Values = ReturnType<typeof parse>['values'];

/**
 * @param words what follows the program's name
 * @throws UsageError naming the nearest right command or option
 */
export function readCommandLine(words: readonly string[]): CommandLine {
  const { values, positionals } = parse(words);
  const command = commandOf(values, positionals);
  const folders = TAKES_FOLDERS.has(command) ? positionals.slice(1) : [];
  if (values.schema && command !== 'config') throw new UsageError('--schema belongs to the command config');
  return {
    command,
    schema: values.schema ?? false,
    ...(values.profile !== undefined && { profile: values.profile }),
    ...(values.config !== undefined && { file: values.config }),
    ...(values['listen-fd'] !== undefined && { listenFd: Number(values['listen-fd']) }),
    settings: settingsOf(values, folders),
    words: takesWords(command) ? positionals.slice(1) : [],
    options: operatorOptions(command, values),
  };
}

function parse(words: readonly string[]) {
  refuseUnknownOptions(words);
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

// parseArgs would refuse them as well, without the nearest name.
function refuseUnknownOptions(words: readonly string[]): void {
  const { tokens } = parseArgs({ args: [...words], options: OPTIONS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option' || Object.hasOwn(OPTIONS, token.name)) continue;
    // A single letter is near to everything.
    const nearest = token.name.length > 1 ? nearestName(token.name, Object.keys(OPTIONS)) : undefined;
    throw new UsageError(
      `there is no option ${token.rawName}${nearest === undefined ? '' : `; did you mean --${nearest}?`}`,
    );
  }
}

function commandOf(values: Values, [name, surplus]: readonly string[]): CommandLine['command'] {
  if (values.help) return 'help';
  if (values.version) return 'version';
  if (surplus !== undefined && !TAKES_FOLDERS.has(name ?? '') && !takesWords(name ?? ''))
    throw new UsageError(`one command is expected, ${surplus} is a second one`);
  const command = COMMANDS.find((known) => known === (name ?? 'serve'));
  if (command) return command;
  const nearest = nearestName(name ?? '', COMMANDS);
  throw new UsageError(
    `there is no command ${name}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`,
  );
}

function settingsOf(
  { port, host, repository = [], set = [] }: Values,
  folders: readonly string[],
): SettingFlag[] {
  const roots = [...repository, ...folders];
  return [
    ...set.map(settingOf),
    ...(port === undefined ? [] : [{ flag: '--port', key: 'server.port', value: port }]),
    ...(host === undefined ? [] : [{ flag: '--host', key: 'server.host', value: host }]),
    ...(roots.length === 0 ? [] : [{ flag: '--repository', key: 'git.roots', value: roots }]),
  ];
}

function settingOf(text: string): SettingFlag {
  const end = text.indexOf('=');
  if (end < 1) throw new UsageError('--set expects KEY=VALUE, for example --set log.level=debug');
  return { flag: '--set', key: text.slice(0, end), value: text.slice(end + 1) };
}

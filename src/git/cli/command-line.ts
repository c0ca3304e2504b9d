import { ServerError } from '../../shared/errors/index.js';
import { type GitCommand, type GitRunOptions } from '../git-cli.port.js';
import { type CommandRule } from './command-rule.js';
import { COMMAND_TABLE } from './command-table.js';
import { optionsAgainst, type Trust } from './trust.js';

/** What is given to git before its command. */
const FIRST = ['--literal-pathspecs', '--no-pager'];

/** They read of the repository, and write into a copy of its index, or beside it. */
const OF_COPIES = new Set(['read-tree', 'update-index ours', 'write-tree ours', 'checkout-index ours']);

export interface CommandLine {
  /** Of our table: never a caller's text. */
  readonly name: string;
  readonly rule: CommandRule;
  readonly args: readonly string[];
}

/**
 * Turns a command into the arguments after `git`. Options are ours and checked against the table; what comes from a
 * caller stands where git takes it for nothing but a name or a path.
 *
 * @throws ServerError `revision_not_found` | `path_not_allowed` for text that no revision or path can be;
 *   Error for a command or option that the table does not hold, which is a fault of ours
 */
export function commandLine(
  command: GitCommand,
  trust: Trust = 'untrusted',
  { indexCopy }: Pick<GitRunOptions, 'indexCopy'> = {},
): CommandLine {
  const rule = COMMAND_TABLE.get(command.name);
  if (!rule) throw new Error(`git ${command.name} is not in the table of commands`);
  if (OF_COPIES.has(command.name) && indexCopy === undefined)
    throw new Error(`git ${command.name} needs a copy of the index`);
  const options = command.options ?? [];
  for (const option of options) checkOption(command.name, rule, option);
  const locks = rule.access === 'read' && indexCopy === undefined ? ['--no-optional-locks'] : [];
  const name = command.name.replace(/ (sequencer|setting|listing|ours)$/, '').split(' ');
  return {
    name: command.name,
    rule,
    args: [
      ...FIRST,
      ...locks,
      ...name,
      ...optionsAgainst(trust, rule.always),
      ...options,
      ...names(command, rule),
      ...rule.last,
      ...paths(command, rule),
    ],
  };
}

function checkOption(name: string, rule: CommandRule, option: string): void {
  const known = rule.options.has(option) || rule.options.has(nameOf(option));
  if (!known || option.includes('\0'))
    throw new Error(`git ${name} has an option that the table does not hold`);
}

/** Their value is whatever follows the letter. */
const WITH_TEXT = /^-[SGL](?=.)/s;

/** `--format=%H` is `--format`, `-U3` and `-n10` are `-U` and `-n`, `-Stext` is `-S`. */
function nameOf(option: string): string {
  const [withText] = WITH_TEXT.exec(option) ?? [];
  if (withText !== undefined) return withText;
  return option.startsWith('--') ? (option.split('=', 1)[0] as string) : option.replace(/\d+$/, '');
}

function names({ name, revisions = [] }: GitCommand, rule: CommandRule): readonly string[] {
  if (revisions.length === 0) return [];
  if (rule.names === 'none') throw new Error(`git ${name} takes no names`);
  for (const revision of revisions) checkName(revision);
  return rule.names === 'plain' ? revisions : ['--end-of-options', ...revisions];
}

function checkName(revision: string): void {
  if (revision !== '' && !revision.startsWith('-') && !revision.includes('\0')) return;
  const message =
    'A revision or name is not empty, does not start with "-" and holds no NUL; give an existing one';
  throw new ServerError('revision_not_found', message);
}

function paths({ name, paths: given = [] }: GitCommand, rule: CommandRule): readonly string[] {
  // The "--" stands even without paths: a name that no revision has must not be taken for a file.
  if (given.length === 0) return rule.paths ? ['--'] : [];
  if (!rule.paths) throw new Error(`git ${name} takes no paths`);
  for (const path of given) {
    if (path !== '' && !path.includes('\0')) continue;
    throw new ServerError(
      'path_not_allowed',
      'A path is not empty and holds no NUL; give a path in the repository',
    );
  }
  return ['--', ...given];
}

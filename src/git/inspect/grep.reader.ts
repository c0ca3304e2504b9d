import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { GIT_CLI, type GitCli, type GitCommand, type GitResult } from '../git-cli.port.js';
import { type Repository } from '../repository.js';
import { type ByteName, namedPaths } from '../work-tree/path-lists.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { workTreePath } from '../writes/work-tree-paths.js';
import { type GrepLine, parseGrep } from './grep-output.parser.js';
import { TrackedFolders } from './tracked-folders.js';
import { TreeishResolver } from './treeish.resolver.js';
import { readFailure } from './read-failure.js';

export const GREP_SYNTAXES = ['fixed', 'extended', 'perl'] as const;

export interface GrepQuery {
  /** Each of its lines is a pattern; a line that fits one of them is found. */
  readonly pattern: string;
  readonly syntax: (typeof GREP_SYNTAXES)[number];
  readonly ignoreCase: boolean;
  readonly wholeWords: boolean;
  /** A commit, tag or tree; without it the work tree or the index is searched. */
  readonly revision?: string;
  readonly where: 'worktree' | 'index';
  /** Also files that git does not know, but for ignored ones. */
  readonly untracked: boolean;
  /** None means all. */
  readonly paths: readonly string[];
  readonly contextLines: number;
  readonly maxPerFile?: number;
}

export interface GrepAnswer<T> {
  readonly found: readonly T[];
  /** There was more than the server takes in. */
  readonly truncated: boolean;
}

const MAX_OUTPUT_BYTES = 16 * 2 ** 20;
const SYNTAX = {
  fixed: '--fixed-strings',
  extended: '--extended-regexp',
  perl: '--perl-regexp',
} as const;
const BAD_PATTERN = /^fatal: In '-' at \d+, '[^]*?': ([^\n]*)$|Perl-compatible regex/m;

/** Searches files for lines. Binary files are left out. */
@Injectable()
export class GrepReader {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly state: RepositoryState,
    private readonly trees: TreeishResolver,
    private readonly folders: TrackedFolders,
  ) {}

  /**
   * @throws ServerError `validation_failed` for a pattern that is no regular expression, `revision_not_found`,
   *   `path_not_allowed`; `operation_failed` with `details.reason`: `bare`, `beyond-border`
   */
  async lines(repository: Repository, query: GrepQuery, signal: AbortSignal): Promise<GrepAnswer<GrepLine>> {
    const options = ['-n', '--column', `--context=${query.contextLines}`];
    const { command, prefix } = await this.command(repository, query, options, signal);
    const { stdout, truncated } = await this.run(repository, command, signal);
    // The last line of a cut answer may be half of one.
    const whole = truncated ? stdout.slice(0, stdout.lastIndexOf('\n') + 1) : stdout;
    return { found: parseGrep(whole, prefix), truncated };
  }

  /** The names of files with at least one line; throws as `lines`. */
  async files(repository: Repository, query: GrepQuery, signal: AbortSignal): Promise<GrepAnswer<ByteName>> {
    const { command, prefix } = await this.command(repository, query, ['--files-with-matches'], signal);
    const { stdout, truncated } = await this.run(repository, command, signal);
    const names = stdout.split('\0').slice(0, -1);
    return { found: names.map((name) => name.slice(prefix.length)), truncated };
  }

  private async command(
    repository: Repository,
    query: GrepQuery,
    options: readonly string[],
    signal: AbortSignal,
  ): Promise<{ command: GitCommand; prefix: string }> {
    const tree =
      query.revision === undefined ? undefined : await this.trees.treeish(repository, query.revision, signal);
    const paths = pathsOf(repository, query);
    if (tree === undefined && query.where === 'worktree') {
      this.state.requireWorkTree(repository);
      await this.folders.requireNoLinks(repository, paths, signal);
    }
    const command = {
      name: 'grep',
      options: [...options, ...optionsOf(query, tree !== undefined)],
      revisions: tree === undefined ? [] : [tree],
      paths,
      stdin: `${query.pattern}\n`,
    };
    return { command, prefix: tree === undefined ? '' : `${tree}:` };
  }

  private async run(repository: Repository, command: GitCommand, signal: AbortSignal): Promise<GitResult> {
    const limits = { maxOutputBytes: MAX_OUTPUT_BYTES, rawOutput: true };
    const result = await this.git.run(repository, command, signal, limits);
    // It ends with 1 where nothing is found.
    if (result.exitCode <= 1) return result;
    const [bad, why = ''] = BAD_PATTERN.exec(result.stderr) ?? [];
    throw bad === undefined ? readFailure('grep', result) : badPattern(why);
  }
}

function optionsOf(query: GrepQuery, ofTree: boolean): readonly string[] {
  return [
    '-z',
    '-I',
    '--full-name',
    SYNTAX[query.syntax],
    ...(query.ignoreCase ? ['--ignore-case'] : []),
    ...(query.wholeWords ? ['--word-regexp'] : []),
    ...(query.maxPerFile === undefined ? [] : [`--max-count=${query.maxPerFile}`]),
    ...(!ofTree && query.where === 'index' ? ['--cached'] : []),
    ...(!ofTree && query.where === 'worktree' && query.untracked
      ? ['--untracked', '--exclude-standard']
      : []),
    '-f-',
  ];
}

function pathsOf(repository: Repository, { paths, revision }: GrepQuery): readonly string[] {
  if (paths.length === 0) return [];
  if (revision === undefined && !repository.bare) return namedPaths(repository, paths);
  return paths.map((path) => workTreePath(repository.path, path));
}

function badPattern(why: string): ServerError {
  const message = 'The pattern cannot be read as what syntax says it is; with syntax fixed it is plain text';
  return new ServerError('validation_failed', message, {
    details: [{ path: 'arguments.pattern', constraint: 'isPattern', message: `pattern: ${why}` }],
  });
}

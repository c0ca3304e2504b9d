import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { Inject, Injectable } from '@nestjs/common';

import { anyOf } from '../../shared/cancellation.js';
import { ServerError } from '../../shared/errors/index.js';
import { GIT_CLI, type GitCli, type GitCommand, type GitResult } from '../git-cli.port.js';
import { MAX_ATTRIBUTE_FILES } from '../libgit2/attribute-files.js';
import { ObjectCache } from '../object-cache.js';
import { AnswerMemory } from '../reads/answer-memory.js';
import { Libgit2Reads } from '../reads/libgit2.reads.js';
import { treeSegments } from '../reads/tree-path.js';
import { type Repository } from '../repository.js';
import { type ByteName, namedPaths } from '../work-tree/path-lists.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { workTreePath } from '../writes/work-tree-paths.js';
import { type GrepLine, parseGrep } from './grep-output.parser.js';
import { TrackedFolders } from './tracked-folders.js';
import { TreeishResolver } from './treeish.resolver.js';
import { readFailure } from './read-failure.js';
import { usualFileBytes } from './usual-file-size.js';

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

interface Search {
  readonly command: GitCommand;
  /** Absent of the work tree and of the index. */
  readonly tree: string | undefined;
}

/** Looking takes as long as a search of a thousand files. */
const LOOK_AGAIN_AFTER = 100;
const MAX_OUTPUT_BYTES = 16 * 2 ** 20;
/**
 * Below this git's threads take longer to hand each other a file than to search it: measured with two processors, of
 * files of 1 kB one thread is 1.1 to 1.6 times as fast as two, from 5 kB to 20 kB on it is overtaken.
 */
const SMALL_FILE_BYTES = 4_096;
const SYNTAX = {
  fixed: '--fixed-strings',
  extended: '--extended-regexp',
  perl: '--perl-regexp',
} as const;
const BAD_PATTERN = /^fatal: In '-' at \d+, '[^]*?': ([^\n]*)$|Perl-compatible regex/m;

/** Searches files for lines. Binary files are left out. */
@Injectable()
export class GrepReader {
  private readonly memory: AnswerMemory;
  /** Repositories whose trees have more folders than can be looked at: how many searches go by before the next look. */
  private readonly wide = new Map<string, number>();

  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly state: RepositoryState,
    private readonly trees: TreeishResolver,
    private readonly folders: TrackedFolders,
    private readonly libgit2: Libgit2Reads,
    cache: ObjectCache,
  ) {
    this.memory = new AnswerMemory(cache);
  }

  /**
   * @throws ServerError `validation_failed` for a pattern that is no regular expression, `revision_not_found`,
   *   `path_not_allowed`; `operation_failed` with `details.reason`: `bare`, `beyond-border`
   */
  async lines(repository: Repository, query: GrepQuery, signal: AbortSignal): Promise<GrepAnswer<GrepLine>> {
    const options = ['-n', '--column', `--context=${query.contextLines}`];
    const { command, tree } = await this.command(repository, query, options, signal);
    const { stdout, truncated } = await this.run(repository, query, { command, tree }, signal);
    // The last line of a cut answer may be half of one.
    const whole = truncated ? stdout.slice(0, stdout.lastIndexOf('\n') + 1) : stdout;
    return { found: parseGrep(whole, prefixOf(tree)), truncated };
  }

  /** The names of files with at least one line; throws as `lines`. */
  async files(repository: Repository, query: GrepQuery, signal: AbortSignal): Promise<GrepAnswer<ByteName>> {
    const { command, tree } = await this.command(repository, query, ['--files-with-matches'], signal);
    const { stdout, truncated } = await this.run(repository, query, { command, tree }, signal);
    const names = stdout.split('\0').slice(0, -1);
    return { found: names.map((name) => name.slice(prefixOf(tree).length)), truncated };
  }

  private async command(
    repository: Repository,
    query: GrepQuery,
    options: readonly string[],
    signal: AbortSignal,
  ): Promise<Search> {
    const tree =
      query.revision === undefined ? undefined : await this.trees.treeish(repository, query.revision, signal);
    const paths = pathsOf(repository, query);
    const command = {
      name: 'grep',
      options: [...options, ...optionsOf(query, tree !== undefined)],
      revisions: tree === undefined ? [] : [tree],
      paths,
      stdin: `${query.pattern}\n`,
    };
    return { command, tree };
  }

  /** What a commit or tree holds is searched once, for as long as the attributes stay that say what is binary. */
  private async run(
    repository: Repository,
    query: GrepQuery,
    { command, tree }: Search,
    signal: AbortSignal,
  ): Promise<GitResult> {
    if (tree === undefined && query.where === 'worktree')
      return this.searchWorkTree(repository, command, signal);
    if (tree === undefined) return this.search(repository, command, signal);
    const question = this.memory.question<GitResult>(repository, 'grep', JSON.stringify(command));
    const known = question.known();
    if (known) return known;
    const folders = this.searched(repository, tree, command.paths ?? [], signal);
    const attributes = folders.then((all) => all && question.inputs.ofPaths(all.map(attributesIn)));
    attributes.catch(() => undefined);
    const result = await this.search(repository, command, signal);
    // Found out meanwhile, as a rule. In a large tree that takes longer than the search, and nobody waits for it.
    attributes
      .then((dependencies) => question.keep(result, dependencies ?? null, result.stdout.length))
      .catch(() => undefined);
    return result;
  }

  /** Whether git has followed a link is found out while it works; what it has found there is told to nobody. */
  private async searchWorkTree(
    repository: Repository,
    command: GitCommand,
    signal: AbortSignal,
  ): Promise<GitResult> {
    this.state.requireWorkTree(repository);
    const givenUp = new AbortController();
    const found = this.search(repository, command, anyOf(signal, givenUp.signal));
    found.catch(() => undefined);
    try {
      // The look holds up this process: git is to be started first.
      await setImmediate();
      await this.folders.requireNoLinks(repository, command.paths ?? [], signal);
      return await found;
    } finally {
      givenUp.abort();
      await found.catch(() => undefined);
    }
  }

  /** All folders that are searched and can have attributes, `undefined` where these are many. */
  private async searched(
    repository: Repository,
    tree: string,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly string[] | undefined> {
    if (repository.bare) return [];
    const all = paths.length === 0 || paths.includes('.');
    if (all && this.wasWide(repository)) return undefined;
    const below = all ? [[]] : paths.map((path) => treeSegments(path));
    const args = { id: tree, below, max: MAX_ATTRIBUTE_FILES };
    const folders = await this.libgit2.ask(repository, 'folders', args, signal);
    if (all && !folders) this.wide.set(repository.commonDir, LOOK_AGAIN_AFTER);
    return folders;
  }

  /** The trees of a repository are about as wide as they were. */
  private wasWide({ commonDir }: Repository): boolean {
    const left = this.wide.get(commonDir) ?? 0;
    this.wide.delete(commonDir);
    if (left > 1) this.wide.set(commonDir, left - 1);
    return left > 0;
  }

  private async search(repository: Repository, command: GitCommand, signal: AbortSignal): Promise<GitResult> {
    const limits = { maxOutputBytes: MAX_OUTPUT_BYTES, rawOutput: true };
    const threads = (usualFileBytes(repository) ?? Infinity) < SMALL_FILE_BYTES ? ['--threads=1'] : [];
    const options = [...threads, ...(command.options ?? [])];
    const result = await this.git.run(repository, { ...command, options }, signal, limits);
    // It ends with 1 where nothing is found.
    if (result.exitCode <= 1) return result;
    const [bad, why = ''] = BAD_PATTERN.exec(result.stderr) ?? [];
    throw bad === undefined ? readFailure('grep', result) : badPattern(why);
  }
}

function attributesIn(folder: string): string {
  return join(folder, '.gitattributes');
}

/** What git writes before each name. */
function prefixOf(tree: string | undefined): string {
  return tree === undefined ? '' : `${tree}:`;
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

import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { GIT_CLI, type GitCli, type GitCommand } from '../git-cli.port.js';
import { type LineRange } from '../git-reads.port.js';
import { ObjectCache } from '../object-cache.js';
import { AnswerMemory } from '../reads/answer-memory.js';
import { FileReader } from '../reads/file.reader.js';
import { linesText } from '../reads/log-command.js';
import { RevisionResolver } from '../reads/revision.resolver.js';
import { searchFailure } from '../reads/search-failure.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { workTreePath } from '../writes/work-tree-paths.js';
import { parseBlame, type ParsedBlame } from './blame-output.parser.js';

export const COPY_SEARCHES = ['none', 'same-commit', 'creating-commit', 'any-commit'] as const;

export interface BlameQuery {
  readonly revision: string;
  /** Literal, relative to the top. */
  readonly path: string;
  readonly lines?: LineRange['lines'];
  /** Follow lines that were moved within the file (`-M`). */
  readonly moves: boolean;
  /** Where else lines may have been copied from (`-C`, once, twice, three times). */
  readonly copies: (typeof COPY_SEARCHES)[number];
  readonly ignoreWhitespace: boolean;
  readonly ignoreRevisions: readonly string[];
  /** A file at HEAD that lists ids of commits to ignore, one a line, `#` before a comment. */
  readonly ignoreFile?: string;
}

export interface BlameAnswer extends ParsedBlame {
  readonly commit: string;
  readonly path: string;
  readonly ignored: readonly string[];
}

const MAX_BLAME_BYTES = 64 * 2 ** 20;
const MAX_IGNORE_FILE_BYTES = 2 ** 20;
const MAX_IGNORED = 5_000;
const LINE_BYTES = 250;

/** Which commit each line of a file comes from, as git finds it. */
@Injectable()
export class BlameReader {
  private readonly memory: AnswerMemory;

  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly revisions: RevisionResolver,
    private readonly files: FileReader,
    cache: ObjectCache,
  ) {
    this.memory = new AnswerMemory(cache);
  }

  /**
   * @throws ServerError `revision_not_found`; `path_not_allowed`; `operation_failed` with `details.reason`
   *   `no-such-path`, `no-such-lines`, `partial-clone`; `validation_failed` for a function that is no expression;
   *   and what the runner of git throws
   */
  async blame(repository: Repository, query: BlameQuery, signal: AbortSignal): Promise<BlameAnswer> {
    const path = workTreePath(repository.path, query.path);
    const [commit = '', ...named] = await this.revisions.resolveAll(
      repository,
      [query.revision, ...query.ignoreRevisions],
      signal,
    );
    const ignored = [...new Set([...named, ...(await this.listed(repository, query.ignoreFile, signal))])];
    const options = optionsOf(query, ignored);
    const parts = [commit, path, JSON.stringify(options)];
    const question = this.memory.question<BlameAnswer>(repository, 'blame', ...parts);
    const known = question.known();
    if (known) return known;
    const output = await this.run(
      repository,
      { name: 'blame', options: [...OUTPUT, ...options], revisions: [commit], paths: [path] },
      signal,
    );
    const answer = { ...parseBlame(output), commit, path, ignored };
    // Where a function begins and ends is said by attributes.
    const byName = query.lines !== undefined && 'function' in query.lines;
    const dependencies = byName ? question.inputs.ofPaths([path]) : [];
    return question.keep(answer, dependencies, output.length + answer.lines.length * LINE_BYTES);
  }

  /** Ids that no commit here has are passed over, as git passes them over: a list outlives what it lists. */
  private async listed(
    repository: Repository,
    path: string | undefined,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    if (path === undefined) return [];
    const inside = workTreePath(repository.path, path);
    const file = await this.files.file(
      repository,
      'HEAD',
      inside,
      { maxBytes: MAX_IGNORE_FILE_BYTES },
      signal,
    );
    if (!file) throw noIgnoreFile();
    const ids = file.content
      .toString('utf8')
      .split('\n')
      .map((line) => line.replace(/#.*/, '').trim())
      .filter((line) => line !== '');
    if (ids.length > MAX_IGNORED || !ids.every((id) => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(id)))
      throw badIgnoreFile();
    if (ids.length === 0) return [];
    const command = { name: 'cat-file', options: ['--batch-check'], stdin: `${ids.join('\n')}\n` };
    const found = await this.run(repository, command, signal);
    return found.split('\n').flatMap((line) => /^([0-9a-f]+) commit /.exec(line)?.[1] ?? []);
  }

  private async run(repository: Repository, command: GitCommand, signal: AbortSignal): Promise<string> {
    const result = await this.git.run(repository, command, signal, { maxOutputBytes: MAX_BLAME_BYTES });
    if (result.exitCode !== 0 || result.truncated) throw searchFailure(command.name, result);
    return result.stdout;
  }
}

const OUTPUT = ['--porcelain', '--encoding=UTF-8', '--diff-algorithm=myers'];

function optionsOf(query: BlameQuery, ignored: readonly string[]): readonly string[] {
  const copies = COPY_SEARCHES.indexOf(query.copies);
  return [
    ...(query.moves ? ['-M'] : []),
    ...Array.from({ length: copies }, () => '-C'),
    ...(query.ignoreWhitespace ? ['-w'] : []),
    ...(query.lines ? [`-L${linesText(query.lines)}`] : []),
    ...ignored.map((sha) => `--ignore-rev=${sha}`),
  ];
}

function noIgnoreFile(): ServerError {
  const message = 'HEAD has no file of the path given for revisions to ignore; commit it first, or list them';
  return refused('no-such-path', message);
}

function badIgnoreFile(): ServerError {
  const message = `The file of revisions to ignore holds something else than at most ${MAX_IGNORED} full object ids`;
  return refused('no-list-of-ids', message);
}

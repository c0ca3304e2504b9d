import { randomBytes } from 'node:crypto';

import { type GitCli, type GitCommand } from '../git-cli.port.js';
import { type CommitInfo, type LoggedCommit } from '../git-reads.port.js';
import { commitsHere } from '../objects/near-commits.js';
import { type Repository } from '../repository.js';
import { hasWholeHistory } from './dependencies.js';
import { isPlainRepository } from './libgit2.reads.js';
import { searchFailure } from './search-failure.js';
import { COMMIT_FORMAT, CommitStream, parseFirstCommit } from './log-output.parser.js';
import { logCommand } from './log-command.js';
import { type LogSelection } from './selections.js';

/** A list is whole or it is a failure. */
const MAX_LIST_BYTES = 64 * 2 ** 20;
const COMMITS = ['-z', COMMIT_FORMAT, '--date=raw', '--no-show-signature', '--encoding=UTF-8'];
const LINES = [
  '--date=raw',
  '--no-show-signature',
  '--encoding=UTF-8',
  '--full-index',
  '--no-color',
  '--src-prefix=a/',
  '--dst-prefix=b/',
  '--diff-algorithm=myers',
];

/** Histories as git walks them. */
export class CliLog {
  constructor(private readonly git: GitCli) {}

  /** @throws ServerError as `searchFailure` says, and what the runner of git throws */
  async log(
    repository: Repository,
    selection: LogSelection,
    signal: AbortSignal,
  ): Promise<readonly LoggedCommit[]> {
    if (selection.range) return this.lines(repository, selection, signal);
    if (selection.graph) return this.graph(repository, selection, signal);
    return this.listed(repository, logCommand(selection, COMMITS), signal);
  }

  private async listed(
    repository: Repository,
    command: GitCommand,
    signal: AbortSignal,
  ): Promise<readonly CommitInfo[]> {
    const commits = new CommitStream();
    await this.run(repository, command, signal, (part) => commits.push(part));
    return commits.found;
  }

  /** Beside a graph a message would be drawn into it, so that the commits are read on their own. */
  private async graph(
    repository: Repository,
    selection: LogSelection,
    signal: AbortSignal,
  ): Promise<readonly LoggedCommit[]> {
    const drawing = ['--graph', '--format=%x00%H', '--no-color', '--no-show-signature'];
    const drawn = parseGraph(await this.run(repository, logCommand(selection, drawing), signal));
    if (drawn.length === 0) return [];
    const shas = drawn.map(({ sha }) => sha);
    const isSimple = isPlainRepository(repository) && hasWholeHistory(repository);
    const commits =
      (isSimple ? commitsHere(repository, shas) : undefined) ??
      (await this.unwalked(repository, shas, signal));
    return commits.map((commit, at) => ({ ...commit, graph: drawn[at]?.lines ?? [] }));
  }

  private async unwalked(
    repository: Repository,
    shas: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly CommitInfo[]> {
    const options = [...COMMITS, '--no-walk=unsorted', '--stdin'];
    return this.listed(repository, { name: 'log', options, stdin: shas.join('\n') }, signal);
  }

  /** Each commit with the patch of the lines. What parts them is random: no file and no message can hold it. */
  private async lines(
    repository: Repository,
    selection: LogSelection,
    signal: AbortSignal,
  ): Promise<readonly LoggedCommit[]> {
    const mark = randomBytes(16).toString('hex');
    const format = COMMIT_FORMAT.replace('--format=', `--format=${mark}`);
    const output = await this.run(repository, logCommand(selection, [...LINES, `${format}%x00`]), signal);
    return output
      .split(mark)
      .slice(1)
      .flatMap((part) => {
        const parsed = parseFirstCommit(part);
        return parsed ? [withPatch(parsed.commit, parsed.rest)] : [];
      });
  }

  private async run(
    repository: Repository,
    command: GitCommand,
    signal: AbortSignal,
    onStdout?: (part: Buffer) => void,
  ): Promise<string> {
    const limits = { maxOutputBytes: MAX_LIST_BYTES, ...(onStdout && { onStdout }) };
    const result = await this.git.run(repository, command, signal, limits);
    if (result.exitCode !== 0 || result.truncated) throw searchFailure(command.name, result);
    return result.stdout;
  }
}

function withPatch(commit: CommitInfo, rest: string): LoggedCommit {
  return { ...commit, patch: rest.replace(/^\n+/, '').replace(/\n\n$/, '\n') };
}

function parseGraph(output: string): { readonly sha: string; readonly lines: readonly string[] }[] {
  const commits: { sha: string; lines: string[] }[] = [];
  for (const line of output.split('\n')) {
    const [drawn = '', sha] = line.split('\0');
    if (sha !== undefined) commits.push({ sha, lines: [drawn] });
    else if (drawn !== '') commits.at(-1)?.lines.push(drawn.trimEnd());
  }
  return commits;
}

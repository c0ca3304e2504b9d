import { Injectable } from '@nestjs/common';

import { unquotePath } from '../patch-text.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { namedPaths, nameText } from './path-lists.js';

export interface CleanRequest {
  /** All where there are none. */
  readonly paths: readonly string[];
  readonly directories: boolean;
  /** Also, or only, what `.gitignore` excludes. */
  readonly ignored: 'keep' | 'too' | 'only';
  /** Patterns as `.gitignore` has them, of what is kept. */
  readonly exclude: readonly string[];
}

export interface CleanedPaths {
  /** A folder that is removed as a whole ends in `/`. */
  readonly removed: readonly string[];
  /** Repositories of their own, which are never removed. */
  readonly skipped: readonly string[];
}

const REMOVED = /^(?:Would remove|Removing) (.*)$/;
const SKIPPED = /^(?:Would skip|Skipping) repository (.*)$/;

/** Removes files that git does not know. */
@Injectable()
export class CleanWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
  ) {}

  /**
   * What `clean` would remove, as git says it.
   *
   * @throws ServerError `path_not_allowed`; `operation_failed` with `details.reason`: `beyond-border`,
   *   `invalid-pattern`, `bare`
   */
  plan(repository: Repository, request: CleanRequest, signal: AbortSignal): Promise<CleanedPaths> {
    return this.run(repository, request, ['--dry-run'], signal);
  }

  /** @throws ServerError as `plan` */
  clean(repository: Repository, request: CleanRequest, signal: AbortSignal): Promise<CleanedPaths> {
    return this.run(repository, request, [], signal);
  }

  private async run(
    repository: Repository,
    { paths, directories, ignored, exclude }: CleanRequest,
    more: readonly string[],
    signal: AbortSignal,
  ): Promise<CleanedPaths> {
    this.state.requireWorkTree(repository);
    for (const pattern of exclude) checkPattern(pattern);
    const options = [
      ...more,
      ...(directories ? ['-d'] : []),
      ...(ignored === 'too' ? ['-x'] : []),
      ...(ignored === 'only' ? ['-X'] : []),
      ...exclude.map((pattern) => `--exclude=${pattern}`),
    ];
    const given = paths.length === 0 ? {} : { paths: namedPaths(repository, paths) };
    const command = { name: 'clean', options, ...given };
    const { stdout } = await this.commands.must(repository, command, signal, { rawOutput: true });
    const lines = stdout.split('\n');
    return { removed: matches(lines, REMOVED), skipped: matches(lines, SKIPPED) };
  }
}

function matches(lines: readonly string[], pattern: RegExp): string[] {
  return lines.flatMap((line) => {
    const written = pattern.exec(line)?.[1];
    return written === undefined ? [] : [nameText(unquotePath(written))];
  });
}

function checkPattern(pattern: string): void {
  if (pattern !== '' && !/[\0\n]/.test(pattern)) return;
  throw refused('invalid-pattern', 'A pattern to exclude is not empty and holds neither NUL nor line ends');
}

import { join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { type OperationProgress, type SequencerOperation } from '../git-writes.port.js';
import { readRegularFile } from '../libgit2/small-file.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { readStashMark, STASH_MARK } from '../writes/stash-mark.js';
import { namesIn, unfinishedOperation } from '../writes/unfinished-operation.js';
import { HeadReader } from './head.reader.js';

/** Where each kind of rebase writes down the number of its step, and how many there are. */
const STEPS = [
  ['rebase-merge/msgnum', 'rebase-merge/end'],
  ['rebase-apply/next', 'rebase-apply/last'],
] as const;
/** Of a picture of what is applied, the first that is there. */
const COMMITS: Readonly<Record<SequencerOperation, readonly string[]>> = {
  rebase: ['rebase-merge/stopped-sha', 'REBASE_HEAD', 'rebase-apply/original-commit'],
  merge: ['MERGE_HEAD'],
  'cherry-pick': ['CHERRY_PICK_HEAD'],
  revert: ['REVERT_HEAD'],
};

/** Of a million picks. */
const MAX_TODO_BYTES = 64 * 2 ** 20;

/** What waits in a work tree for a continue or an abort, and how far it has come. */
@Injectable()
export class OperationProgressReader {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly heads: HeadReader,
  ) {}

  async read(repository: Repository, signal: AbortSignal): Promise<OperationProgress | undefined> {
    const names = namesIn(repository);
    const operation = unfinishedOperation(repository, names);
    if (operation === 'rebase')
      return { operation, ...rebaseSteps(repository), ...commitOf(repository, operation) };
    if (operation !== null) {
      return { operation, ...(await this.pickSteps(repository, signal)), ...commitOf(repository, operation) };
    }
    const stash = names.includes(STASH_MARK) ? readStashMark(repository) : undefined;
    if (stash !== undefined && (await this.heads.head(repository, signal)).head === stash.head)
      return { operation: 'stash', step: 1, total: 1, commit: stash.entry };
    return names.includes('BISECT_LOG') ? { operation: 'bisect' } : undefined;
  }

  /** A list of picks holds only what is left, the current one first; what is done stands on top of where it began. */
  private async pickSteps(
    repository: Repository,
    signal: AbortSignal,
  ): Promise<{ step?: number; total?: number }> {
    const todo = todoOf(repository);
    if (todo === null) return { step: 1, total: 1 };
    if (todo === undefined) return {};
    const left = todo.split('\n').filter((line) => /^(?:pick|p|revert)\s/.test(line)).length;
    const began = firstId(repository, 'sequencer/head');
    if (began === undefined) return {};
    const command = { name: 'rev-list', options: ['--count'], revisions: [`${began}..HEAD`] };
    const { exitCode, stdout } = await this.git.run(repository, command, signal);
    if (exitCode !== 0) return {};
    const done = Number(stdout);
    return { step: done + 1, total: done + left };
  }
}

/** @returns `null` where there is none, `undefined` where it cannot be read */
function todoOf({ gitDir }: Repository): string | null | undefined {
  try {
    return readRegularFile(join(gitDir, 'sequencer/todo'), MAX_TODO_BYTES)?.toString() ?? null;
  } catch (error) {
    if (error instanceof Unsuited) return undefined;
    throw error;
  }
}

function rebaseSteps(repository: Repository): { step?: number; total?: number; branch?: string } {
  const [step, total] = STEPS.map((files) => files.map((file) => countIn(repository, file))).find((numbers) =>
    numbers.every((number) => number !== undefined),
  ) ?? [undefined, undefined];
  const names = ['rebase-merge/head-name', 'rebase-apply/head-name'];
  const name = names.flatMap((file) => readSmallFile(join(repository.gitDir, file))?.trim() ?? [])[0];
  const branch = name?.startsWith('refs/heads/') ? name.slice('refs/heads/'.length) : undefined;
  return {
    ...(step !== undefined && total !== undefined && { step, total }),
    ...(branch !== undefined && { branch }),
  };
}

function commitOf(repository: Repository, operation: SequencerOperation): { commit?: string } {
  const commit = COMMITS[operation].flatMap((file) => firstId(repository, file) ?? [])[0];
  return commit === undefined ? {} : { commit };
}

function countIn({ gitDir }: Repository, file: string): number | undefined {
  const text = readSmallFile(join(gitDir, file))?.trim() ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function firstId({ gitDir }: Repository, file: string): string | undefined {
  return /^[0-9a-f]{40,64}(?=\s|$)/.exec(readSmallFile(join(gitDir, file)) ?? '')?.[0];
}

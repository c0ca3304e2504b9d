import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { type ConflictingOperation, type ContinueOptions } from '../git-writes.port.js';
import { readSmallFile } from '../paths/small-text-file.js';
import { type Effect } from '../planned-change.js';
import { type Repository } from '../repository.js';
import { StashEnder } from '../work-tree/stash.ender.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { SequencerWriter } from '../writes/sequencer.writer.js';

/** Where operations of several commits note what HEAD was at before them. */
const BEGAN_AT = ['rebase-merge/orig-head', 'rebase-apply/orig-head', 'sequencer/head'];
const NAMES = ['--name-only', '-z', '--no-renames'];

/** What the end of an operation that waits would do. */
@Injectable()
export class EndingPreviews {
  constructor(
    private readonly state: RepositoryState,
    private readonly sequencer: SequencerWriter,
    private readonly stash: StashEnder,
  ) {}

  /** @returns HEAD, if it moves, and the files that differ from it now @throws ServerError as `GitWrites.abort` */
  async abort(
    repository: Repository,
    operation: ConflictingOperation,
    signal: AbortSignal,
  ): Promise<readonly Effect[]> {
    const from = await this.require(repository, operation, signal);
    const to = beganAt(repository) ?? from;
    const listing = { name: 'diff', options: NAMES, revisions: ['HEAD'] };
    const paths = await this.state.list(repository, listing, signal);
    const moved = from === to ? [] : [{ action: 'move', subject: 'HEAD', from, to }];
    return [...moved, ...paths.map((subject) => ({ action: 'restore', subject, from: null, to: null }))];
  }

  /** @returns what is staged for the commit that waits @throws ServerError as `GitWrites.continue` and `skip` */
  async goOn(
    repository: Repository,
    operation: ConflictingOperation,
    skip: boolean,
    signal: AbortSignal,
    options?: ContinueOptions,
  ): Promise<readonly Effect[]> {
    const from = await this.require(repository, operation, signal);
    if (skip) return [{ action: 'skip', subject: operation, from, to: null }];
    const goOn = { action: 'continue', subject: operation, from, to: null };
    if (operation === 'stash') {
      await this.state.requireNoConflicts(repository, operation, signal);
      return [goOn];
    }
    const staged = await this.sequencer.continuable(repository, operation, signal, options);
    return [goOn, ...staged.map(({ path, ...ids }) => ({ action: 'commit', subject: path, ...ids }))];
  }

  /** @returns where HEAD is */
  private async require(
    repository: Repository,
    operation: ConflictingOperation,
    signal: AbortSignal,
  ): Promise<string | null> {
    if (operation === 'stash') await this.stash.require(repository, signal);
    else this.sequencer.requireInProgress(repository, operation);
    return this.state.sha(repository, 'HEAD', signal);
  }
}

function beganAt({ gitDir }: Repository): string | undefined {
  const found = BEGAN_AT.flatMap((file) => readSmallFile(join(gitDir, file))?.trim() ?? []);
  return found.find((id) => /^[0-9a-f]{40,64}$/.test(id));
}

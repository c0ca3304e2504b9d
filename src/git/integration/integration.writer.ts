import { Injectable } from '@nestjs/common';

import {
  type HeadState,
  type MergeRequest,
  type MergeResult,
  type PickRequest,
  type PickResult,
  type RebaseRequest,
} from '../git-writes.port.js';
import { type Repository } from '../repository.js';
import { MergeWriter } from './merge.writer.js';
import { type PickOperation, PickWriter } from './pick.writer.js';
import { RebaseWriter } from './rebase.writer.js';

/** Brings the commits of one branch onto another. */
@Injectable()
export class IntegrationWriter {
  constructor(
    private readonly merges: MergeWriter,
    private readonly rebases: RebaseWriter,
    private readonly picks: PickWriter,
  ) {}

  merge(repository: Repository, request: MergeRequest, signal: AbortSignal): Promise<MergeResult> {
    return this.merges.merge(repository, request, signal);
  }

  rebase(
    repository: Repository,
    request: RebaseRequest,
    signal: AbortSignal,
  ): Promise<HeadState & { rewritten: number }> {
    return this.rebases.rebase(repository, request, signal);
  }

  pick(
    repository: Repository,
    operation: PickOperation,
    request: PickRequest,
    signal: AbortSignal,
  ): Promise<PickResult> {
    return this.picks.pick(repository, operation, request, signal);
  }
}

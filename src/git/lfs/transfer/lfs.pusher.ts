import { type Readable } from 'node:stream';

import { Injectable } from '@nestjs/common';

import { ServerError } from '../../../shared/errors/index.js';
import { type ProgressListener } from '../../git-writes.port.js';
import { refused } from '../../refusal.js';
import { httpFailure } from '../../remotes/http-failure.js';
import { RemoteConfiguration } from '../../remotes/remote-configuration.service.js';
import { type Repository } from '../../repository.js';
import { requireBranchName } from '../../writes/ref-name.js';
import { RepositoryState } from '../../writes/repository-state.service.js';
import { type LfsFile, LfsFilesReader } from '../lfs-files.reader.js';
import { LfsObjects } from '../lfs-objects.reader.js';
import { isStored, readStored } from '../lfs-store.js';
import { eachObject, type LfsFailure } from './each-object.js';
import { type ContentSender, type FarStore } from './far-store.js';
import { LfsRemotes } from './lfs-remotes.service.js';
import { BATCH, oncePerObject } from './lfs.fetcher.js';
import { ObjectProgress } from './object-progress.js';
import { TransferBudget } from './transfer.budget.js';

export interface LfsPushRequest {
  readonly remote: string;
  /** The current one if absent. */
  readonly branch?: string | undefined;
}

export interface LfsPushed {
  /** One file for each object that was sent. */
  readonly sent: readonly LfsFile[];
  readonly failed: readonly LfsFailure[];
  /** As `IgnoredSettings.read`. */
  readonly ignored: readonly string[];
}

interface Wanted {
  readonly files: readonly LfsFile[];
  /** Asks the remote how some of them are sent, a batch at a time, when they are about to be. */
  senders(files: readonly LfsFile[]): Promise<ReadonlyMap<string, ContentSender>>;
}

/** Sends the content of Git LFS that a branch needs, as far as the remote says that it lacks it. */
@Injectable()
export class LfsPusher {
  constructor(
    private readonly files: LfsFilesReader,
    private readonly objects: LfsObjects,
    private readonly state: RepositoryState,
    private readonly configuration: RemoteConfiguration,
    private readonly remotes: LfsRemotes,
    private readonly budget: TransferBudget,
  ) {}

  /**
   * What the remote does not have.
   *
   * @throws ServerError as `LfsRemotes.open`; `revision_not_found`; `operation_failed` with `details.reason`: `detached`,
   *   `too-large`
   */
  async plan(
    repository: Repository,
    request: LfsPushRequest,
    signal: AbortSignal,
  ): Promise<readonly LfsFile[]> {
    const { files } = await this.with(repository, request, signal, (wanted) => Promise.resolve(wanted));
    return files;
  }

  /** @throws ServerError as `plan`, and what ends a transfer for all objects */
  async push(
    repository: Repository,
    request: LfsPushRequest,
    progress: ProgressListener,
    signal: AbortSignal,
  ): Promise<LfsPushed> {
    return this.with(repository, request, signal, async ({ files, senders }, ignored) => {
      const shown = new ObjectProgress(files, progress);
      const sent = new Set<LfsFile>();
      const failed: LfsFailure[] = [];
      for (let at = 0; at < files.length; at += BATCH) {
        const some = files.slice(at, at + BATCH);
        const known = await senders(some);
        const one = async (file: LfsFile, aborted: AbortSignal): Promise<void> => {
          const send = known.get(file.pointer.oid);
          // Somebody else may have sent it meanwhile.
          if (send === undefined) return shown.done();
          await sendStored(repository, file, (open) => send(open, aborted), shown);
          sent.add(file);
        };
        failed.push(...(await eachObject(some, one, signal)));
      }
      return { sent: files.filter((file) => sent.has(file)), failed, ignored };
    });
  }

  private async with<T>(
    repository: Repository,
    { remote, branch }: LfsPushRequest,
    signal: AbortSignal,
    work: (wanted: Wanted, ignored: readonly string[]) => Promise<T>,
  ): Promise<T> {
    requireBranchName(remote, 'remote');
    const name = branch ?? (await this.state.head(repository, signal)).branch;
    if (name === null) throw refused('detached', 'HEAD is on no branch; name the one to push');
    requireBranchName(name);
    const candidates = await this.candidates(repository, `refs/heads/${name}`, remote, signal);
    const there = await this.configuration.upstream(repository, name, remote, signal);
    const { store, ignored } = await this.remotes.open(repository, remote, 'push', signal);
    try {
      const wanted = await wantedOf(store, candidates, `refs/heads/${there}`, signal);
      this.budget.require(wanted.files);
      return await work(wanted, ignored);
    } finally {
      store.close();
    }
  }

  /** What the end of the branch holds, and what commits hold that the remote was not seen to have. */
  private async candidates(
    repository: Repository,
    ref: string,
    remote: string,
    signal: AbortSignal,
  ): Promise<readonly LfsFile[]> {
    const commit = await this.state.commit(repository, ref, signal);
    const { files } = await this.files.list(repository, { revision: commit, path: '' }, signal);
    const options = ['--not', `--remotes=${remote}`, '--not'];
    const fresh = await this.objects.files(repository, { options, revisions: [commit] }, signal);
    return oncePerObject([...fresh, ...files]);
  }
}

async function sendStored(
  repository: Repository,
  { pointer }: LfsFile,
  send: (open: () => Readable) => Promise<void>,
  progress: ObjectProgress,
): Promise<void> {
  if (!isStored(repository, pointer)) throw notStored();
  const opened: Readable[] = [];
  const open = (): Readable => {
    const content = readStored(repository, pointer, progress.bytes);
    opened.push(content);
    return content;
  };
  try {
    await send(open);
  } catch (error) {
    throw httpFailure(error);
  } finally {
    // Nobody may have come to read it.
    for (const content of opened) content.destroy();
  }
  progress.done();
}

async function wantedOf(
  store: FarStore,
  candidates: readonly LfsFile[],
  ref: string,
  signal: AbortSignal,
): Promise<Wanted> {
  const ask = (files: readonly LfsFile[]) =>
    store.senders(
      files.map(({ pointer }) => pointer),
      ref,
      signal,
    );
  const wanted: LfsFile[] = [];
  let last: ReadonlyMap<string, ContentSender> = new Map();
  for (let at = 0; at < candidates.length; at += BATCH) {
    const some = candidates.slice(at, at + BATCH);
    last = await ask(some);
    for (const file of some) if (last.has(file.pointer.oid)) wanted.push(file);
  }
  // What was said of several batches may be too old when the turn comes to the last of them.
  const senders = candidates.length > BATCH ? ask : () => Promise.resolve(last);
  return { files: wanted, senders };
}

function notStored(): ServerError {
  const message =
    'The remote lacks the content and the store of this repository does not have it either; send it from where it was committed';
  return refused('not-stored', message);
}

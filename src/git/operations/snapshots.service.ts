import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { type Repository } from '../repository.js';
import { readIndexEntries } from './index-entries.js';
import { headFacts } from './linked-changes.js';
import { readProgress } from './progress-files.js';
import { RefFacts } from './ref-facts.reader.js';
import { SettingsReader } from './settings.reader.js';
import { type Depth, DEPTHS, type Snapshot } from './snapshot.js';
import { isSparse } from './sparse-facts.js';
import { type Contents, WorkTreeReader } from './work-tree.reader.js';

/** Of the files, or of the index. */
type SnapshotLimit = 'too-large' | 'unreadable' | 'unknown-index';

export interface TakenSnapshot {
  readonly snapshot: Snapshot;
  readonly contents: Contents;
  /** Why less was looked at than was asked for. */
  readonly limit?: string;
}

const LIMITS: readonly SnapshotLimit[] = ['too-large', 'unreadable', 'unknown-index'];
const NOTHING = new Map<string, never>();

/** Looks at the state of a repository. The caller holds its writer lock. */
@Injectable()
export class Snapshots {
  constructor(
    private readonly refs: RefFacts,
    private readonly workTrees: WorkTreeReader,
    private readonly settings: SettingsReader,
  ) {}

  /**
   * What cannot be kept (an index that is split, files beyond the limit of size or that may not be read) is left out and
   * named in `limit`.
   *
   * @throws ServerError what git throws
   */
  async take(repository: Repository, wanted: Depth, signal: AbortSignal): Promise<TakenSnapshot> {
    const depth = repository.bare ? 'refs' : wanted;
    try {
      return await this.at(repository, depth, signal);
    } catch (error) {
      const limit = limitOf(error);
      const less = DEPTHS[DEPTHS.indexOf(limit === 'unknown-index' ? 'index' : 'worktree') - 1];
      if (limit === undefined || less === undefined || depth === 'refs') throw error;
      return { ...(await this.at(repository, less, signal)), limit };
    }
  }

  private async at(repository: Repository, depth: Depth, signal: AbortSignal): Promise<TakenSnapshot> {
    const refs = await this.refs.read(repository, signal);
    const stashes = await this.refs.stashes(repository, refs, signal);
    const settings = await this.settings.read(repository, signal);
    const around = { settings, worktrees: headFacts(repository), submodules: NOTHING, adminFiles: NOTHING };
    const base = { depth, refs, stashes, progress: readProgress(repository), ...around };
    if (depth === 'refs') return { snapshot: { ...base, index: NOTHING, files: NOTHING }, contents: NOTHING };
    const index = readIndexEntries(repository);
    if (depth === 'index') return { snapshot: { ...base, index, files: NOTHING }, contents: NOTHING };
    const which = { ignored: depth === 'everything', sparse: isSparse(base.progress) };
    const { files, contents } = await this.workTrees.read(repository, index, which, signal);
    return { snapshot: { ...base, index, files }, contents };
  }
}

function limitOf(error: unknown): SnapshotLimit | undefined {
  if (error instanceof Unsuited) return 'unknown-index';
  if (!(error instanceof ServerError) || error.code !== 'operation_failed') return undefined;
  const { reason } = { ...error.details } as { reason?: unknown };
  return LIMITS.find((limit) => limit === reason);
}

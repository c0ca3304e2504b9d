import { basename, resolve } from 'node:path';

import { Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { realPathOf } from '../paths/allowed-roots.js';
import { type Repository } from '../repository.js';
import { WorktreeFinder } from '../worktrees/worktree.finder.js';
import { AdminFiles, type AdminFacts, UnkeptAdminFiles } from './admin-files.reader.js';
import { bisectFacts, bisectKey } from './bisect-facts.js';
import { placeFacts, stateKey } from './linked-changes.js';
import { type LinkedPlace, linkedPlaces } from './linked-places.js';
import { type OperationCall } from './operation-record.js';
import { SettingsReader } from './settings.reader.js';
import { type Depth, type Facts, NOTHING_SEEN, type Snapshot } from './snapshot.js';
import { Snapshots, type TakenSnapshot } from './snapshots.service.js';
import { SubmoduleFacts } from './submodule-facts.reader.js';
import { SubmoduleSettings } from './submodule-settings.js';
import { type Contents } from './work-tree.reader.js';
import { WorkTreeStates } from './work-tree-states.reader.js';

interface LinkedWorkTrees {
  readonly facts: Facts;
  readonly contents: Contents;
  readonly limit?: string;
}

/** Looks at a repository before and after an operation, as deep as that may change it. */
@Injectable()
export class OperationLooks {
  constructor(
    private readonly snapshots: Snapshots,
    private readonly finder: WorktreeFinder,
    private readonly states: WorkTreeStates,
    private readonly submodules: SubmoduleFacts,
    private readonly settings: SettingsReader,
    private readonly adminFiles: AdminFiles,
    private readonly inner: SubmoduleSettings,
    private readonly config: GitConfig,
  ) {}

  /** @returns `undefined` for an operation of which nothing is kept */
  async before(
    repository: Repository,
    { keeps, touches = [] }: OperationCall,
    signal: AbortSignal,
  ): Promise<TakenSnapshot | undefined> {
    if (keeps === 'nothing' || keeps === 'elsewhere') return undefined;
    if (keeps === 'settings') return this.withSettings(repository, touches, signal);
    if (keeps === 'gone-worktrees') return adminLook(() => this.adminFiles.ofGone(repository));
    if (keeps === 'worktree-links')
      return adminLook(() => this.adminFiles.ofLinks(repository, pathsIn(repository, touches)));
    if (keeps === 'submodules') return this.withSubmodules(repository, 'refs', touches, signal);
    if (keeps === 'new-submodule') return this.withSubmodules(repository, 'worktree', touches, signal);
    if (keeps === 'bisect') {
      const bisects = bisectFacts(repository);
      const isOne = ({ name }: LinkedPlace) => bisects.has(bisectKey(name));
      return withBisects(bisects, await this.withLinked(repository, 'refs', isOne, signal));
    }
    if (keeps !== 'worktrees') return this.snapshots.take(repository, keeps, signal);
    const reals = new Set(pathsIn(repository, touches));
    const leaves = ({ path }: LinkedPlace) => touches === 'every' || reals.has(path);
    return this.withLinked(repository, 'refs', leaves, signal);
  }

  /** As deep as before; work trees that came are looked at as well. */
  async after(
    repository: Repository,
    { keeps, touches = [] }: OperationCall,
    { depth, worktrees, adminFiles }: Snapshot,
    signal: AbortSignal,
  ): Promise<TakenSnapshot> {
    if (keeps === 'gone-worktrees' || keeps === 'worktree-links')
      return adminLook(() => this.adminFiles.at(repository, [...adminFiles.keys()]));
    if (keeps === 'settings') return this.withSettings(repository, touches, signal);
    if (keeps === 'submodules' || keeps === 'new-submodule')
      return this.withSubmodules(repository, depth, touches, signal);
    if (keeps !== 'worktrees' && keeps !== 'bisect') return this.snapshots.take(repository, depth, signal);
    const counts = ({ name }: LinkedPlace) => worktrees.has(stateKey(name)) || !worktrees.has(`${name}/path`);
    const taken = await this.withLinked(repository, depth, counts, signal);
    return keeps === 'bisect' ? withBisects(bisectFacts(repository), taken) : taken;
  }

  /** Where linked work trees are, and of some of them what they hold. */
  async linked(
    repository: Repository,
    isWanted: (place: LinkedPlace) => boolean,
    signal: AbortSignal,
  ): Promise<LinkedWorkTrees> {
    const places = linkedPlaces(repository);
    const facts = new Map(placeFacts(places));
    const contents = new Map<string, Buffer>();
    const { maxSnapshotBytes, maxIgnoredFiles } = this.config.operations;
    let left = maxSnapshotBytes;
    let limit: string | undefined;
    for (const { name, path } of places.filter(isWanted)) {
      const own = await this.finder.own(repository, path, signal);
      if (own === undefined || basename(own.gitDir) !== name) continue;
      const state = await this.states.of(own, left > 0 && contents.size <= maxIgnoredFiles, signal);
      facts.set(stateKey(name), state.text);
      for (const [id, content] of state.contents) {
        contents.set(id, content);
        left -= content.length;
      }
      limit ??= state.limit ?? (left > 0 ? undefined : 'too-large');
    }
    return { facts, contents, ...(limit !== undefined && { limit }) };
  }

  /** No command runs on the repository, whose configuration may be what is to be put right. */
  private async withSettings(
    repository: Repository,
    paths: readonly string[] | 'every',
    signal: AbortSignal,
  ): Promise<TakenSnapshot> {
    const own = await this.settings.read(repository, signal);
    const dangers = await this.settings.dangers(repository, signal);
    const inner = await this.inner.read(repository, paths, signal);
    const settings = new Map([...own, ...dangers, ...inner]);
    return { snapshot: { ...NOTHING_SEEN, settings }, contents: new Map() };
  }

  private async withSubmodules(
    repository: Repository,
    depth: Depth,
    paths: readonly string[] | 'every',
    signal: AbortSignal,
  ): Promise<TakenSnapshot> {
    const taken = await this.snapshots.take(repository, depth, signal);
    const submodules = await this.submodules.read(repository, paths, signal);
    return { ...taken, snapshot: { ...taken.snapshot, submodules } };
  }

  private async withLinked(
    repository: Repository,
    depth: Depth,
    isWanted: (place: LinkedPlace) => boolean,
    signal: AbortSignal,
  ): Promise<TakenSnapshot> {
    const taken = await this.snapshots.take(repository, depth, signal);
    const { facts, contents, limit } = await this.linked(repository, isWanted, signal);
    return {
      snapshot: { ...taken.snapshot, worktrees: new Map([...taken.snapshot.worktrees, ...facts]) },
      contents: new Map([...taken.contents, ...contents]),
      ...(limit !== undefined && { limit }),
    };
  }
}

function withBisects(bisects: Facts, { snapshot, ...taken }: TakenSnapshot): TakenSnapshot {
  return { ...taken, snapshot: { ...snapshot, worktrees: new Map([...snapshot.worktrees, ...bisects]) } };
}

function adminLook(read: () => AdminFacts): TakenSnapshot {
  try {
    return { snapshot: { ...NOTHING_SEEN, adminFiles: read() }, contents: new Map() };
  } catch (error) {
    if (!(error instanceof UnkeptAdminFiles)) throw error;
    return { snapshot: NOTHING_SEEN, contents: new Map(), limit: error.limit };
  }
}

/** Real ones, as git knows them. */
function pathsIn(repository: Repository, touches: readonly string[] | 'every'): readonly string[] {
  const paths = touches === 'every' ? [] : touches.map((path) => resolve(repository.path, path));
  return paths.map((path) => realPathOf(path) ?? path);
}

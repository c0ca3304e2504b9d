import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { type ConfigValues } from '../libgit2/config-file.js';
import { readConfigFile } from '../libgit2/repository-config.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { entryKind } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { deltaOf } from './delta.js';
import { placeOf } from '../paths/folder-place.js';
import { BISECT_REFS } from './progress-files.js';
import { changesBetween, type Facts } from './snapshot.js';
import { Snapshots, type TakenSnapshot } from './snapshots.service.js';
import { SubmoduleFacts } from './submodule-facts.reader.js';
import { type Contents } from './work-tree.reader.js';
import { stateText, type UnkeptWorkTree } from './work-tree-state.js';

export interface TakenState {
  /** As `stateText` writes it. */
  readonly text: string;
  readonly contents: Contents;
  /** Why less was looked at than is there. */
  readonly limit?: string;
}

const NO_CONTENTS: Contents = new Map();
const NO_FACTS: Facts = new Map();
/** `index.sparse` is about the form of the index alone, and stays where a sparse checkout was. */
const SUBMODULE = '160000 ';
const SPARSE = /^(?:core\.sparsecheckout(?:cone)?|index\.sparse)$/;

/** Reads what a linked work tree holds that git would not make again from its commit. */
@Injectable()
export class WorkTreeStates {
  constructor(
    private readonly snapshots: Snapshots,
    private readonly state: RepositoryState,
    private readonly submodules: SubmoduleFacts,
  ) {}

  /**
   * @param repository as seen from the linked work tree
   * @param ignored whether ignored files are kept too, as far as there is room
   */
  async of(repository: Repository, ignored: boolean, signal: AbortSignal): Promise<TakenState> {
    const part = unkeptOf(repository);
    const commit = await this.state.sha(repository, 'HEAD', signal);
    if (part !== undefined || commit === null) return unkept(part ?? 'unborn');
    const taken = await this.look(repository, ignored, signal);
    if (typeof taken === 'string') return unkept(taken);
    const { snapshot, contents, limit } = taken;
    const index = await this.tree(repository, commit, signal);
    const clean = { ...snapshot, progress: NO_FACTS, index, files: NO_FACTS };
    const head = snapshot.refs.get('HEAD') ?? commit;
    const modules = join(repository.gitDir, 'modules');
    const inner = await this.inner(repository, snapshot.index, signal);
    if (inner === undefined) return unkept('submodules');
    const text = stateText({
      ...deltaOf(clean, snapshot),
      head,
      commit,
      submodules: changesBetween(NO_FACTS, inner),
      modules: entryKind(modules) === 'folder' ? placeOf(modules) : null,
    });
    return { text, contents, ...(limit !== undefined && { limit }) };
  }

  private async look(
    repository: Repository,
    ignored: boolean,
    signal: AbortSignal,
  ): Promise<TakenSnapshot | UnkeptWorkTree['unkept']> {
    const depth = ignored ? 'everything' : 'worktree';
    const taken = await this.snapshots.take(repository, depth, signal);
    if (taken.limit === undefined) return taken;
    if (taken.limit !== 'too-large' && taken.limit !== 'unreadable') return 'index';
    if (!ignored) return taken.limit;
    const less = await this.look(repository, false, signal);
    return typeof less === 'string' ? less : { ...less, limit: taken.limit };
  }

  /** @returns `undefined` where that is more than is kept */
  private async inner(repository: Repository, index: Facts, signal: AbortSignal): Promise<Facts | undefined> {
    const hasSome = [...index.values()].some((entry) => entry.startsWith(SUBMODULE));
    return hasSome ? this.submodules.whole(repository, signal) : NO_FACTS;
  }

  /** Entries of the index as a clean checkout has them. */
  private async tree(repository: Repository, commit: string, signal: AbortSignal): Promise<Facts> {
    const command = { name: 'ls-tree', options: ['-r', '-z', '--full-tree'], revisions: [commit] };
    const lines = await this.state.list(repository, command, signal, { rawOutput: true });
    return new Map(
      lines.map((line) => {
        const [entry = '', path = ''] = [
          line.slice(0, line.indexOf('\t')),
          line.slice(line.indexOf('\t') + 1),
        ];
        const [mode = '', , id = ''] = entry.split(' ');
        return [path, `${mode} ${id} 0`];
      }),
    );
  }
}

/** What git keeps of a work tree beside its HEAD and its index. */
function unkeptOf(repository: Repository): UnkeptWorkTree['unkept'] | undefined {
  const { gitDir, commonDir } = repository;
  if (hasFiles(join(gitDir, 'refs'))) return 'own-refs';
  return ownSettings(gitDir) === ownSettings(commonDir) ? undefined : 'own-configuration';
}

/** Beside those of a bisection, which are kept. */
function hasFiles(folder: string): boolean {
  if (entryKind(folder) !== 'folder') return false;
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries.some((entry) => !entry.isDirectory() && !entry.parentPath.endsWith(`/${BISECT_REFS}`));
}

/** Without those of the sparse checkout, which are kept. A new work tree has those of the main one. */
function ownSettings(folder: string): string {
  const path = join(folder, 'config.worktree');
  try {
    const values: ConfigValues = entryKind(path) === 'absent' ? new Map() : readConfigFile(path);
    return JSON.stringify([...values].filter(([key]) => !SPARSE.test(key)));
  } catch (error) {
    if (error instanceof Unsuited) return path;
    throw error;
  }
}

function unkept(reason: UnkeptWorkTree['unkept']): TakenState {
  return { text: stateText({ unkept: reason }), contents: NO_CONTENTS };
}

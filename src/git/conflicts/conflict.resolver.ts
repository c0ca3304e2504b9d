import { dirname } from 'node:path';

import { Injectable } from '@nestjs/common';

import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { below, statOf } from '../operations/file-moves.js';
import { indexCommands } from '../operations/index-writer.js';
import { WorkTreeWriter } from '../operations/work-tree.writer.js';
import { PatchApplier } from '../work-tree/patch.applier.js';
import { type ByteName, byteName, namedPaths, nameText } from '../work-tree/path-lists.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { type Conflict, type ConflictStage, type Side } from './conflict.js';
import { ConflictReader } from './conflict.reader.js';
import { UnionMerger } from './union.merger.js';

export type ResolutionRequest =
  /** `both` keeps the lines of both sides, one after the other, where they differ. */
  | { readonly kind: 'side'; readonly side: Side | 'both'; readonly paths: readonly string[] }
  | { readonly kind: 'content'; readonly path: string; readonly content: string }
  /** Against the files of the work tree, marks and all. */
  | { readonly kind: 'patch'; readonly patch: string }
  | { readonly kind: 'delete'; readonly paths: readonly string[] };

/** What a path is to be: a version of the file, or `null` for none. */
export interface Resolution {
  readonly conflict: Conflict;
  readonly to: ConflictStage | null;
}

const FILE_MODES = new Set(['100644', '100755']);
const STAGE = ['--add', '--remove', '-z', '--stdin'];

/** Settles conflicts: puts one version of a path into the index and the work tree. The caller holds the writer lock. */
@Injectable()
export class ConflictResolver {
  constructor(
    private readonly reader: ConflictReader,
    private readonly commands: WriteCommands,
    private readonly files: WorkTreeWriter,
    private readonly patches: PatchApplier,
    private readonly union: UnionMerger,
  ) {}

  /**
   * The paths that `resolve` would settle.
   *
   * @throws ServerError `path_not_allowed`; `operation_failed` with `details.reason`: `not-in-conflict`, `no-such-side`,
   *   `not-a-file`, `folder-in-the-way`, `does-not-apply`, `no-patch`, `bare`
   */
  async plan(
    repository: Repository,
    request: ResolutionRequest,
    signal: AbortSignal,
  ): Promise<readonly { readonly path: string; readonly to?: string | null }[]> {
    if (request.kind === 'patch') {
      return (await this.patched(repository, request.patch, signal)).map((path) => ({ path }));
    }
    const resolutions = await this.resolutions(repository, request, false, signal);
    return resolutions.map(({ conflict, to }) => ({ path: nameText(conflict.path), to: to?.id ?? null }));
  }

  /** @returns the paths that were settled @throws ServerError as `plan` */
  async resolve(
    repository: Repository,
    request: ResolutionRequest,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    if (request.kind === 'patch') return this.applyPatch(repository, request.patch, signal);
    const resolutions = await this.resolutions(repository, request, true, signal);
    const changes = resolutions.map(({ conflict, to }) => ({
      name: conflict.path,
      from: 'unmerged',
      to: to === null ? null : `${to.mode} ${to.id} 0`,
    }));
    for (const command of indexCommands(repository, changes))
      await this.commands.must(repository, command, signal);
    // What a repository within has checked out is its own.
    const inWorkTree = resolutions.filter(({ to }) => to?.mode !== '160000');
    const clean = inWorkTree.map(({ conflict: { path: name }, to }) => ({
      name,
      from: null,
      to: to === null ? 'absent' : `clean ${to.mode} ${to.id} 0`,
    }));
    await this.files.write(repository, clean, signal);
    return resolutions.map(({ conflict }) => nameText(conflict.path));
  }

  private async applyPatch(repository: Repository, patch: string, signal: AbortSignal) {
    const paths = await this.patched(repository, patch, signal);
    await this.patches.apply(repository, patchRequest(patch), signal);
    const stdin = Buffer.from(paths.map(byteName).join('\0'), 'latin1');
    await this.commands.must(repository, { name: 'update-index', options: STAGE, stdin }, signal);
    return paths;
  }

  private async patched(repository: Repository, patch: string, signal: AbortSignal) {
    const files = await this.patches.plan(repository, patchRequest(patch), signal);
    const paths = files.map(({ path }) => path);
    await this.inConflict(repository, paths, signal);
    return paths;
  }

  private async resolutions(
    repository: Repository,
    request: Exclude<ResolutionRequest, { kind: 'patch' }>,
    write: boolean,
    signal: AbortSignal,
  ): Promise<readonly Resolution[]> {
    const paths = request.kind === 'content' ? [request.path] : request.paths;
    const conflicts = await this.inConflict(repository, paths, signal);
    const resolutions: Resolution[] = [];
    for (const conflict of conflicts) {
      const to = await this.version(repository, conflict, request, write, signal);
      if (to !== null && to.mode !== '160000') refuseInTheWay(repository, conflict);
      resolutions.push({ conflict, to });
    }
    return resolutions;
  }

  private version(
    repository: Repository,
    conflict: Conflict,
    request: Exclude<ResolutionRequest, { kind: 'patch' }>,
    write: boolean,
    signal: AbortSignal,
  ): Promise<ConflictStage | null> | ConflictStage | null {
    if (request.kind === 'delete') return null;
    if (request.kind === 'side' && request.side !== 'both') return versionOf(conflict, request.side);
    const mode = fileMode(conflict);
    const content =
      request.kind === 'content'
        ? Promise.resolve(request.content)
        : this.union.merge(repository, conflict, signal);
    return content.then(async (text) => ({
      mode,
      id: await this.blob(repository, conflict.path, text, { write, raw: request.kind === 'side' }, signal),
    }));
  }

  // What a caller writes is as a file of the work tree would be; what git merged is as the index has it.
  private async blob(
    repository: Repository,
    path: ByteName,
    content: string | Buffer,
    { write, raw }: { readonly write: boolean; readonly raw: boolean },
    signal: AbortSignal,
  ): Promise<string> {
    const options = [...(write ? ['-w'] : []), raw ? '--no-filters' : `--path=${nameText(path)}`];
    const command = { name: 'hash-object', options, stdin: content };
    return (await this.commands.must(repository, command, signal)).stdout.trim();
  }

  private async inConflict(
    repository: Repository,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly Conflict[]> {
    const wanted = namedPaths(repository, paths);
    const all = new Map((await this.reader.list(repository, signal)).map((one) => [one.path, one]));
    if (wanted.includes('.')) return [...all.values()];
    const others = wanted.filter((path) => !all.has(byteName(path)));
    if (others.length > 0)
      throw refused(
        'not-in-conflict',
        'Paths are not in conflict; git_conflicts lists those that are',
        others,
      );
    return wanted.flatMap((path) => all.get(byteName(path)) ?? []);
  }
}

function patchRequest(patch: string) {
  return { patch, to: 'worktree', reverse: false, threeWay: false } as const;
}

/** A side that deleted the file is resolved to by deleting it; a base that never was is no version of it. */
function versionOf(conflict: Conflict, side: Side): ConflictStage | null {
  const version = conflict[side];
  if (version !== undefined) return version;
  if (side !== 'base' && conflict.base !== undefined) return null;
  const message = 'The side does not have the file, and did not delete it either; see git_conflicts';
  throw refused('no-such-side', message, [nameText(conflict.path)]);
}

function fileMode(conflict: Conflict): string {
  const modes = [conflict.ours, conflict.theirs].flatMap((stage) => stage?.mode ?? []);
  if (modes.every((mode) => FILE_MODES.has(mode))) return modes[0] ?? '100644';
  const message = 'The path is a link or a repository of its own on a side; resolve it by side';
  throw refused('not-a-file', message, [nameText(conflict.path)]);
}

// git would delete the folder with all that is in it, or the file where a folder has to be.
function refuseInTheWay({ path: workTree }: Repository, { path }: Conflict): void {
  const parents: ByteName[] = [];
  for (let at = dirname(path); at !== '.'; at = dirname(at)) parents.push(at);
  const isFolder = (name: ByteName) => statOf(below(workTree, name))?.isDirectory();
  if (isFolder(path) !== true && !parents.some((one) => isFolder(one) === false)) return;
  const message =
    'A folder stands where the file is to be, or a file where its folder is; move it away first';
  throw refused('folder-in-the-way', message, [nameText(path)]);
}

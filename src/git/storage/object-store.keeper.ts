import { lstatSync } from 'node:fs';
import { join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { type ServerError } from '../../shared/errors/index.js';
import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli, type GitCommand } from '../git-cli.port.js';
import { RefusedSettings } from '../inspect/refused-settings.js';
import { type Effect, type PlannedChange } from '../planned-change.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { WriteCommands } from '../writes/write-commands.service.js';

export const MAINTENANCE_TASKS = ['gc', 'commit-graph', 'pack-refs', 'repack', 'prune'] as const;
export type MaintenanceTask = (typeof MAINTENANCE_TASKS)[number];

export interface ObjectStoreStatus {
  readonly looseObjects: number;
  readonly looseBytes: number;
  readonly packs: number;
  readonly packedObjects: number;
  readonly packBytes: number;
  /** Loose objects that a pack has as well. */
  readonly prunable: number;
  /** Files in the object store that are none of git's. */
  readonly garbage: number;
  readonly commitGraph: boolean;
}

/** Younger objects may belong to an operation that is under way, here or in another program. */
const EXPIRE = '2.weeks.ago';
const KIB = 1_024;

const COMMANDS: Readonly<Record<MaintenanceTask, GitCommand>> = {
  gc: { name: 'gc', options: ['--quiet', `--prune=${EXPIRE}`] },
  'commit-graph': { name: 'commit-graph write', options: ['--reachable', '--no-progress'] },
  'pack-refs': { name: 'pack-refs', options: ['--all', '--prune'] },
  repack: { name: 'repack', options: ['-d', '-l', '-q'] },
  prune: { name: 'prune', options: [`--expire=${EXPIRE}`] },
};
/** They delete what nothing reaches, and was written long ago. */
const DELETING = new Set<MaintenanceTask>(['gc', 'prune']);
const MAX_NAMED = 100;
/** Of a million objects. */
const MAX_LIST_BYTES = 64 * 2 ** 20;

/**
 * Keeps the object store small and fast. What the operation log needs is reached by its refs, so no task takes it away.
 */
@Injectable()
export class ObjectStoreKeeper {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly settings: RefusedSettings,
    private readonly commands: WriteCommands,
  ) {}

  async status(repository: Repository, signal: AbortSignal): Promise<ObjectStoreStatus> {
    const result = await this.git.run(repository, { name: 'count-objects', options: ['-v'] }, signal);
    if (result.exitCode !== 0) throw gitFailure('count-objects', result);
    const counts = new Map(
      result.stdout.split('\n').map((line) => {
        const [name = '', value = '0'] = line.split(': ');
        return [name, Number(value)] as const;
      }),
    );
    const count = (name: string) => counts.get(name) ?? 0;
    return {
      looseObjects: count('count'),
      looseBytes: count('size') * KIB,
      packs: count('packs'),
      packedObjects: count('in-pack'),
      packBytes: count('size-pack') * KIB,
      prunable: count('prune-packable'),
      garbage: count('garbage'),
      commitGraph: hasCommitGraph(repository),
    };
  }

  /**
   * @returns its effects name what would be deleted; that of the other tasks is the task
   * @throws ServerError `untrusted_config` where the configuration names a program for what to keep; `operation_failed` with
   *   `details.reason: 'too-long'` where what would be deleted cannot be listed
   */
  async plan(repository: Repository, task: MaintenanceTask, signal: AbortSignal): Promise<PlannedChange> {
    if (repository.trust !== 'trusted')
      await this.settings.requireNone(repository, /^gc\.recentobjectshook$/, signal);
    const effects = [
      { action: task, subject: 'object store', from: null, to: null },
      ...(DELETING.has(task) ? await this.expired(repository, signal) : []),
    ];
    return {
      effects,
      apply: async (aborted) => {
        await this.commands.must(repository, COMMANDS[task], aborted);
        return effects;
      },
    };
  }

  private async expired(repository: Repository, signal: AbortSignal): Promise<readonly Effect[]> {
    const command = { name: 'prune listing', options: [`--expire=${EXPIRE}`] };
    const limits = { maxOutputBytes: MAX_LIST_BYTES };
    const result = await this.git.run(repository, command, signal, limits);
    if (result.truncated) throw tooMany();
    if (result.exitCode !== 0) throw gitFailure('prune', result);
    const lines = result.stdout.split('\n').filter(Boolean);
    const more = lines.length - MAX_NAMED;
    return [
      ...lines.slice(0, MAX_NAMED).map((line) => {
        const [sha = '', type = 'object'] = line.split(' ');
        return { action: 'delete', subject: `unreachable ${type}`, from: sha, to: null };
      }),
      ...(more > 0 ? [{ action: 'delete', subject: `${more} more`, from: null, to: null }] : []),
    ];
  }
}

// A yes to a part of them would be none to the rest.
function tooMany(): ServerError {
  const message =
    'There are more objects to delete than can be listed for a yes; run git prune outside of the server, or the task repack';
  return refused('too-long', message);
}

function hasCommitGraph({ commonDir }: Repository): boolean {
  const names = ['commit-graph', 'commit-graphs/commit-graph-chain'];
  return names.some(
    (name) => lstatSync(join(commonDir, 'objects/info', name), { throwIfNoEntry: false })?.isFile() === true,
  );
}

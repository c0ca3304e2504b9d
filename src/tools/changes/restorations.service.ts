import { Injectable } from '@nestjs/common';

import { foldersThat } from '../../git/operations/admin-files.restorer.js';
import { type Delta } from '../../git/operations/delta.js';
import { type LinkedChange, linkedChanges } from '../../git/operations/linked-changes.js';
import { type Restoration } from '../../git/operations/operation.history.js';
import { RestorationRunner } from '../../git/operations/restoration.runner.js';
import { shownKey, shownSetting } from '../../git/operations/setting-facts.js';
import { type Change } from '../../git/operations/snapshot.js';
import { type SubmoduleChange, submoduleChanges } from '../../git/operations/submodule-facts.js';
import { refused } from '../../git/refusal.js';
import { listing, omittedOutput } from '../outputs/listing.js';
import { type RestorationOutput } from '../outputs/restoration.output.js';
import { type RepositoryContext, type ToolAnswer } from '../tool.js';
import { type Plan, type PlanEffect } from './plan.js';

/** Carries out what git_undo and git_redo have found, and notes it. */
@Injectable()
export class Restorations {
  constructor(private readonly runner: RestorationRunner) {}

  async apply(
    done: string,
    restoration: Restoration,
    relation: { readonly undoes: string } | { readonly redoes: string },
    { repository, operation }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<RestorationOutput>> {
    if (operation === undefined) throw new Error('A restoration is noted in the log, so it needs its call');
    const { of } = restoration;
    const { text, effects } = restorationPlan(done, restoration);
    const { shown, omitted } = listing(effects);
    const structured = { restored: of.id, tool: of.tool, changes: [...shown], ...omittedOutput(omitted) };
    const call = { ...operation, ...relation };
    const answer = operation.key && { text, structured };
    const id = await this.runner.run(repository, call, restoration, answer, signal);
    return { text, structured: { ...structured, operation_id: id } as RestorationOutput };
  }
}

/**
 * Whoever repeats a call that was cut off means what was just finished, not the operation before it.
 *
 * @throws ServerError `operation_failed` with `details: {reason: 'restoration-finished', operation_id}`
 */
export function refuseRepetition({ finished }: RepositoryContext): void {
  if (finished === undefined) return;
  const message =
    'An undo or redo that had been cut off is finished, which details name, and nothing else was done; call this again to go on from there';
  throw refused('restoration-finished', message, { operation_id: finished });
}

const MAX_LINES = 50;

/** What a restoration changes, for people and for programs. */
export function restorationPlan(done: string, { of, delta }: Restoration): Plan {
  const effects = effectsOf(delta);
  const lines = effects.slice(0, MAX_LINES).map(({ action, subject }) => `${action} ${subject}`);
  const more = effects.length > MAX_LINES ? [`and ${effects.length - MAX_LINES} more`] : [];
  return { text: [`${done} ${of.tool} (${of.id}):`, ...lines, ...more].join('\n'), effects };
}

/** Refs and settings with their values; of linked work trees, index and files, which paths. */
export function effectsOf({
  refs,
  stashes,
  progress,
  settings,
  worktrees,
  submodules,
  adminFiles,
  index,
  files,
}: Delta): readonly PlanEffect[] {
  const paths = new Map<string, PlanEffect>();
  for (const { name } of index) paths.set(name, { action: 'restore in the index', subject: readable(name) });
  for (const { name } of files) paths.set(name, { action: 'restore', subject: readable(name) });
  const hasStash = stashes !== null && !refs.some(({ name }) => name === 'refs/stash');
  return [
    ...refs.map(refEffect),
    ...(hasStash ? [{ action: 'update', subject: 'refs/stash' }] : []),
    ...progress.map(({ name, to }) => ({ action: to === null ? 'delete' : 'restore', subject: name })),
    ...settings.map(settingEffect),
    ...linkedChanges(worktrees).flatMap(linkedEffects),
    ...submoduleChanges({ submodules, index }).map(submoduleEffect),
    ...adminEffects(adminFiles),
    ...paths.values(),
  ];
}

function refEffect({ name, from, to }: Change): PlanEffect {
  const action = from === null ? 'create' : to === null ? 'delete' : 'move';
  return { action, subject: readable(name), from, to };
}

function settingEffect({ name, from, to }: Change): PlanEffect {
  const action = to === null ? 'unset' : 'set';
  return { action, subject: shownKey(name), from: shownSetting(from), to: shownSetting(to) };
}

function linkedEffects({ name, path, locked, head, bisect }: LinkedChange): readonly PlanEffect[] {
  if (path !== undefined && (path.from === null || path.to === null)) {
    const action = path.from === null ? 'add worktree' : 'remove worktree';
    return [{ action, subject: path.from ?? path.to ?? name }];
  }
  const lock = locked && { ...locked, action: locked.to === null ? 'unlock worktree' : 'lock worktree' };
  return [
    ...(path ? [{ action: 'move worktree', subject: name, from: path.from, to: path.to }] : []),
    ...(head ? [{ action: 'move HEAD of worktree', subject: name, from: head.from, to: head.to }] : []),
    ...(bisect ? [{ action: 'go on with the bisection of worktree', subject: name }] : []),
    ...(lock ? [{ action: lock.action, subject: name, from: lock.from, to: lock.to }] : []),
  ];
}

function adminEffects(changes: readonly Change[]): readonly PlanEffect[] {
  const coming = foldersThat(changes, 'come');
  const going = foldersThat(changes, 'go');
  const isWhole = (name: string) =>
    [...coming, ...going].some((folder) => `${name}/`.startsWith(`${folder}/`));
  return [
    ...coming.map((subject) => ({ action: 'restore', subject })),
    ...going.map((subject) => ({ action: 'delete', subject })),
    ...changes
      .filter(({ name }) => !isWhole(name))
      .map(({ name: subject }) => ({ action: 'restore', subject })),
  ];
}

function submoduleEffect({ path, from, to }: SubmoduleChange): PlanEffect {
  const action = to === null ? 'deinit submodule' : 'update submodule';
  return { action, subject: path, from: from?.commit ?? null, to: to?.commit ?? null };
}

function readable(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString();
}

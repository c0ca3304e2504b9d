import { Injectable } from '@nestjs/common';

import { configEntries } from '../cli/config-entries.js';
import { type Effect, planned, type PlannedChange } from '../planned-change.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { WriteCommands } from '../writes/write-commands.service.js';

export interface SparseState {
  readonly enabled: boolean;
  /** Whether `patterns` are folders. */
  readonly cone: boolean;
  /** As git prints them, a line each. */
  readonly patterns: readonly string[];
}

export interface SparseRequest {
  readonly action: 'set' | 'add' | 'disable' | 'reapply';
  readonly patterns: readonly string[];
  /** `set` only: folders instead of patterns as those of `.gitignore`. */
  readonly cone: boolean;
}

/** Which part of the files is checked out. git keeps files with changes, whatever is left out. */
@Injectable()
export class SparseWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
  ) {}

  async read(repository: Repository, signal: AbortSignal): Promise<SparseState> {
    this.state.requireWorkTree(repository);
    const listing = { name: 'config', options: ['--list', '--null', '--includes'] };
    const entries = configEntries((await this.commands.must(repository, listing, signal)).stdout);
    const isSet = (key: string) =>
      entries.findLast((entry) => entry.key === key)?.value.toLowerCase() === 'true';
    if (!isSet('core.sparsecheckout')) return { enabled: false, cone: false, patterns: [] };
    const { stdout } = await this.commands.must(repository, { name: 'sparse-checkout list' }, signal);
    const patterns = stdout.split('\n').filter((line) => line !== '');
    return { enabled: true, cone: isSet('core.sparsecheckoutcone'), patterns };
  }

  /**
   * @throws ServerError `operation_failed` with `details.reason`: `bare`, `operation-in-progress`, `invalid-pattern`,
   *   `not-sparse`
   */
  async change(
    repository: Repository,
    { action, patterns, cone }: SparseRequest,
    signal: AbortSignal,
  ): Promise<PlannedChange> {
    const before = await this.read(repository, signal);
    this.state.requireNoOperation(repository);
    if (action !== 'set' && !before.enabled) {
      throw refused('not-sparse', 'All files are checked out; begin with the action set');
    }
    const isCone = action === 'set' ? cone : before.cone;
    for (const pattern of patterns) requirePlain(pattern, isCone);
    const effects = effectsOf(action, before.patterns, patterns);
    const options = [
      ...(action === 'set' ? [cone ? '--cone' : '--no-cone'] : []),
      // Of a sparse index the operation log could keep nothing.
      ...(action === 'set' || action === 'reapply' ? ['--no-sparse-index'] : []),
      ...(action === 'set' || action === 'add' ? ['--stdin'] : []),
    ];
    const stdin =
      action === 'set' || action === 'add' ? { stdin: patterns.map((line) => `${line}\n`).join('') } : {};
    const command = { name: `sparse-checkout ${action}`, options, ...stdin };
    return planned(effects, (aborted) => this.commands.must(repository, command, aborted));
  }
}

function effectsOf(
  action: SparseRequest['action'],
  before: readonly string[],
  patterns: readonly string[],
): readonly Effect[] {
  const given = patterns.map((to): Effect => ({ action: 'check out', subject: to, from: null, to }));
  const dropped = (kept: readonly string[]) =>
    before
      .filter((one) => !kept.includes(one))
      .map((from): Effect => ({ action: 'leave out', subject: from, from, to: null }));
  if (action === 'set')
    return [...given.filter(({ subject }) => !before.includes(subject)), ...dropped(patterns)];
  if (action === 'add') return given;
  const subject = 'the work tree';
  return [{ action: action === 'disable' ? 'check out all of' : 'reapply', subject, from: null, to: null }];
}

/** One line of git's input, that git reads as it stands there. */
function requirePlain(pattern: string, isFolder: boolean): void {
  const isLine = !/[\n\r\0]/.test(pattern) && !pattern.startsWith('"');
  const isInside = !isFolder || !pattern.split('/').includes('..');
  if (isLine && isInside) return;
  throw refused(
    'invalid-pattern',
    'A pattern is one line that does not begin with a quote and does not lead upwards',
  );
}

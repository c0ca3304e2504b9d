import { basename, join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { type Effect, type PlannedChange, planned } from '../planned-change.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { maskUrl } from '../remotes/remote-url.js';
import { ConfigReader, type FiledEntry, NOWHERE } from './config.reader.js';
import { dangerOf } from './dangerous-keys.js';
import { HARDENED, NO_HOOKS } from './guards.js';

export interface Enforcement {
  /** Keys that are dangerous, as they were found. */
  readonly remove: readonly string[];
  /** Settings that protect who uses plain git here. */
  readonly harden: boolean;
  /** No hook runs, for plain git as well. */
  readonly disableHooks: boolean;
}

/** Takes what is dangerous out of the configuration of a repository, so that plain git is safe in it too. */
@Injectable()
export class SecurityEnforcer {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly reader: ConfigReader,
  ) {}

  /** @throws ServerError `operation_failed` with `details: {reason: 'not-a-finding', key}` for what is not dangerous */
  async plan(repository: Repository, asked: Enforcement, signal: AbortSignal): Promise<PlannedChange> {
    const entries = await this.reader.own(repository, signal);
    const removals = [...new Set(asked.remove.flatMap((key) => removalsOf(key, entries)))];
    const own = join(repository.commonDir, 'config');
    const wanted = [...(asked.harden ? HARDENED : []), ...(asked.disableHooks ? [NO_HOOKS] : [])];
    const settings = wanted
      .map(([key, value]) => ({ key, value, before: valueOf(key, own, entries) }))
      .filter(({ value, before }) => before !== value);
    const effects: Effect[] = [
      ...removals.map((entry) => effect('unset', entry.key, shown(entry), null, entry.file)),
      ...settings.map(({ key, value, before }) => effect('set', key, before, value, own)),
    ];
    return planned(effects, async (aborted) => {
      const places = new Set(removals.map(({ key, file }) => `${file}\0${key}`));
      for (const place of places) {
        const [file = '', key = ''] = place.split('\0');
        await this.write(file, ['--unset-all'], [key], aborted);
      }
      for (const { key, value } of settings) await this.write(own, ['--replace-all'], [key, value], aborted);
    });
  }

  // Not as a command on the repository: one whose configuration is refused could never be put right.
  private async write(
    file: string,
    options: readonly string[],
    revisions: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const command = { name: 'config setting', options: [...options, `--file=${file}`], revisions };
    const result = await this.git.runIn(NOWHERE, command, signal);
    if (result.exitCode !== 0) throw gitFailure('config', result);
  }
}

function removalsOf(asked: string, entries: readonly FiledEntry[]): readonly FiledEntry[] {
  const found = entries.filter((entry) => entry.key === asked && dangerOf(entry) !== undefined);
  if (found.length > 0) return [...found, ...entries.filter((entry) => found.some(requiredBy(entry)))];
  const message =
    'Only keys that git_security_validate finds in the configuration are removed; give one as it is written there';
  throw refused('not-a-finding', message, { key: asked });
}

/** A filter that is required and gone would keep git from doing anything. */
function requiredBy({ section, subsection, variable }: FiledEntry): (filter: FiledEntry) => boolean {
  return (filter) =>
    section === 'filter' &&
    variable === 'required' &&
    filter.section === section &&
    filter.subsection === subsection;
}

// The plan goes into the log.
function shown(entry: FiledEntry): string {
  return dangerOf(entry)?.secret === true ? '***' : maskUrl(entry.value);
}

function valueOf(key: string, file: string, entries: readonly FiledEntry[]): string | null {
  const name = key.toLowerCase();
  return entries.findLast((entry) => entry.file === file && entry.key === name)?.value ?? null;
}

function effect(action: string, key: string, from: string | null, to: string | null, file: string): Effect {
  const subject = basename(file) === 'config' ? key : `${key} (${basename(file)})`;
  return { action, subject, from, to };
}

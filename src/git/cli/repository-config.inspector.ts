import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { Inject, Injectable, Logger } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import { AllowedRoots, realPathOf } from '../paths/allowed-roots.js';
import { type Repository } from '../repository.js';
import { configFindings, type ConfigFindings } from './config-findings.js';
import { type Setting } from './fixed-settings.js';
import { statSignature } from './stat-signature.js';

const MAX_REPOSITORIES = 512;

/** Asks git for the configuration, with further options; it runs nothing. */
type List = (options: readonly string[]) => Promise<string>;

export interface InspectedConfig {
  readonly findings: ConfigFindings;
  /** How the files looked before they were read. */
  readonly seen: string;
}

/**
 * Knows what in a repository's configuration has to be overridden or refused.
 *
 * Reading it costs a git process, so findings are kept for as long as the files they came from look the same. A
 * configuration that includes other files is read each time: what a condition includes changes without any file
 * changing.
 */
@Injectable()
export class RepositoryConfigInspector {
  private readonly known = new Map<
    string,
    { readonly signature: string; readonly findings: ConfigFindings }
  >();

  private readonly logger = new Logger('RepositoryConfig');
  private readonly roots: AllowedRoots;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    config: GitConfig,
  ) {
    this.roots = new AllowedRoots(config.roots);
  }

  /** @throws ServerError `untrusted_config` with `details.keys` for what cannot be neutralised */
  async inspect(repository: Repository, network: boolean, list: List): Promise<InspectedConfig> {
    const { findings, seen } = await this.findings(repository, list);
    const keys = [...findings.refused, ...(network ? findings.refusedOnNetwork : [])];
    if (!keepsWorkTree(repository, findings)) keys.push('core.worktree');
    if (keys.length === 0) return { findings, seen };
    throw untrusted(keys);
  }

  /**
   * Looks again once git has run: what somebody wrote into the configuration between the look and git's own reading of it
   * cannot be kept from running, but it does not go unnoticed.
   *
   * @param seen the signature from before the look
   * @param overrides what git was told against the configuration as it was then
   * @throws ServerError `untrusted_config` with `details: {reason: 'changed-meanwhile', keys}`
   */
  async requireNothingNew(
    repository: Repository,
    seen: string,
    overrides: readonly Setting[],
    list: List,
  ): Promise<void> {
    if (repository.trust === 'trusted' || signatureOf(repository).text === seen) return;
    const { findings } = await this.findings(repository, list);
    const told = new Set(overrides.map(([key]) => key));
    const missed = findings.overrides.map(([key]) => key).filter((key) => !told.has(key));
    const keys = [...missed, ...findings.refused];
    if (keys.length === 0) return;
    this.logger.warn('Programs were configured while git ran', { repository: repository.path, keys });
    const message =
      'While git ran, another program configured what runs programs; do not rely on what was done, and look into the repository first';
    throw new ServerError('untrusted_config', message, {
      details: { reason: 'changed-meanwhile', keys: keys.slice(0, 20) },
    });
  }

  private async findings(repository: Repository, list: List): Promise<InspectedConfig> {
    const { gitDir } = repository;
    const before = signatureOf(repository);
    const seen = before.text;
    const cached = this.known.get(gitDir);
    if (cached?.signature === seen) return { findings: cached.findings, seen };
    const findings = await this.read(repository, list);
    this.known.delete(gitDir);
    const unchanged = signatureOf(repository).text === seen;
    if (unchanged && before.settled(this.clock.nowMs()) && findings.includes.length === 0) {
      this.keep(gitDir, seen, findings);
    }
    return { findings, seen };
  }

  // What is taken in is asked for only once it is known to lie inside the roots, and to take in nothing further.
  private async read(repository: Repository, list: List): Promise<ConfigFindings> {
    const own = configFindings(await list(['--no-includes']));
    if (own.includes.length === 0) return own;
    for (const path of own.includes.flatMap((written) => this.included(repository, written))) {
      const taken = configFindings(await list(['--no-includes', `--file=${path}`]));
      if (taken.includes.length > 0) throw untrusted(['include.path']);
    }
    return configFindings(await list(['--includes']));
  }

  /** The files that git could mean, of which it skips those that do not exist; there is no home folder for it. */
  private included({ gitDir, commonDir }: Repository, written: string): readonly string[] {
    if (written.startsWith('~/')) return [];
    const folders = [...new Set([commonDir, gitDir])];
    const found = folders
      .map((folder) => realPathOf(resolve(folder, written)))
      .filter((path) => path !== undefined);
    const elsewhere = /^[~%]/.test(written) || found.some((path) => !this.roots.contains(path));
    if (elsewhere) throw untrusted(['include.path']);
    return found;
  }

  private keep(gitDir: string, signature: string, findings: ConfigFindings): void {
    const oldest = this.known.keys().next();
    if (this.known.size >= MAX_REPOSITORIES && !oldest.done) this.known.delete(oldest.value);
    this.known.set(gitDir, { signature, findings });
  }
}

function untrusted(keys: readonly string[]): ServerError {
  const message =
    "The repository's configuration sets keys that could run programs or reach elsewhere; remove them first";
  return new ServerError('untrusted_config', message, { details: { keys: keys.slice(0, 20) } });
}

function signatureOf({ gitDir, commonDir }: Repository) {
  const files = [join(commonDir, 'config'), join(gitDir, 'config.worktree')].map(statSignature);
  return {
    text: files.map(({ text }) => text).join(' '),
    settled: (nowMs: number) => files.every((file) => file.settled(nowMs)),
  };
}

// Relative to the git directory, as git takes it. A submodule names its own work tree here, which is right.
function keepsWorkTree({ gitDir, path, bare }: Repository, { worktree }: ConfigFindings): boolean {
  if (worktree === undefined || bare) return worktree === undefined;
  try {
    return realpathSync(resolve(gitDir, worktree)) === path;
  } catch {
    return false;
  }
}

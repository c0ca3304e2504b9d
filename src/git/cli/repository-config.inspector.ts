import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { CLOCK, type Clock } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import { type Repository } from '../repository.js';
import { configFindings, type ConfigFindings } from './config-findings.js';
import { statSignature } from './stat-signature.js';

const MAX_REPOSITORIES = 512;

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

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  /**
   * @param list asks git for the configuration; it runs nothing
   * @throws ServerError `untrusted_config` with `details.keys` for what cannot be neutralised
   */
  async inspect(
    repository: Repository,
    network: boolean,
    list: () => Promise<string>,
  ): Promise<ConfigFindings> {
    const findings = await this.findings(repository, list);
    const keys = [...findings.refused, ...(network ? findings.refusedOnNetwork : [])];
    if (!keepsWorkTree(repository, findings)) keys.push('core.worktree');
    if (keys.length === 0) return findings;
    throw new ServerError(
      'untrusted_config',
      "The repository's configuration sets keys that could run programs or reach elsewhere; remove them first",
      { details: { keys: keys.slice(0, 20) } },
    );
  }

  private async findings(repository: Repository, list: () => Promise<string>): Promise<ConfigFindings> {
    const { gitDir } = repository;
    const before = signatureOf(repository);
    const cached = this.known.get(gitDir);
    if (cached && cached.signature === before.text) return cached.findings;
    const findings = configFindings(await list());
    this.known.delete(gitDir);
    const unchanged = signatureOf(repository).text === before.text;
    if (unchanged && before.settled(this.clock.nowMs()) && !findings.includes) {
      this.keep(gitDir, before.text, findings);
    }
    return findings;
  }

  private keep(gitDir: string, signature: string, findings: ConfigFindings): void {
    const oldest = this.known.keys().next();
    if (this.known.size >= MAX_REPOSITORIES && !oldest.done) this.known.delete(oldest.value);
    this.known.set(gitDir, { signature, findings });
  }
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

import { join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { CLOCK, type Clock } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import { StatMemory } from '../cli/stat-memory.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';

const INCLUDE = /^include(?:if\..*)?\.path$/s;

/** Settings that make one command run a program or read a file, and that none of ours takes the teeth out of. */
@Injectable()
export class RefusedSettings {
  private readonly known: StatMemory<readonly string[]>;

  constructor(
    private readonly state: RepositoryState,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.known = new StatMemory(clock);
  }

  /**
   * @param pattern of keys, small letters as git lists them
   * @throws ServerError `untrusted_config` with `details.keys` where the repository's configuration has one
   */
  async requireNone(repository: Repository, pattern: RegExp, signal: AbortSignal): Promise<void> {
    const keys = (await this.keys(repository, signal)).filter((key) => pattern.test(key));
    if (keys.length === 0) return;
    const message =
      'The configuration names a program or a file that this command would use; remove the key first';
    throw new ServerError('untrusted_config', message, { details: { keys: [...new Set(keys)] } });
  }

  /** Asked of git once for as long as the files look the same, if they take in no others. */
  private keys(repository: Repository, signal: AbortSignal): Promise<readonly string[]> {
    const { commonDir, gitDir } = repository;
    const command = { name: 'config', options: ['--list', '--null'] };
    return this.known.get(
      [join(commonDir, 'config'), join(gitDir, 'config.worktree')],
      async () => {
        const settings = await this.state.list(repository, command, signal);
        return settings.map((setting) => setting.split('\n', 1)[0] ?? '');
      },
      (keys) => !keys.some((key) => INCLUDE.test(key)),
    );
  }
}

import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';

/** Settings that make one command run a program or read a file, and that none of ours takes the teeth out of. */
@Injectable()
export class RefusedSettings {
  constructor(private readonly state: RepositoryState) {}

  /**
   * @param pattern of keys, small letters as git lists them
   * @throws ServerError `untrusted_config` with `details.keys` where the repository's configuration has one
   */
  async requireNone(repository: Repository, pattern: RegExp, signal: AbortSignal): Promise<void> {
    const command = { name: 'config', options: ['--list', '--null'] };
    const settings = await this.state.list(repository, command, signal);
    const keys = settings
      .map((setting) => setting.split('\n', 1)[0] ?? '')
      .filter((key) => pattern.test(key));
    if (keys.length === 0) return;
    const message =
      'The configuration names a program or a file that this command would use; remove the key first';
    throw new ServerError('untrusted_config', message, { details: { keys: [...new Set(keys)] } });
  }
}

import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { configEntries } from '../cli/config-entries.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { type Repository } from '../repository.js';

/**
 * Looks at the configuration of a repository of this machine that is to be the other end of a remote: git serves it in a
 * process whose configuration is its own.
 */
@Injectable()
export class FarSideGuard {
  constructor(@Inject(GIT_CLI) private readonly git: GitCli) {}

  /** @throws ServerError `untrusted_config` with `details.keys` for what would lead out of the roots */
  async require(repository: Repository, signal: AbortSignal): Promise<void> {
    // What includes files from elsewhere is refused by the runner.
    const command = { name: 'config', options: ['--list', '--null'] };
    const { stdout } = await this.git.run(repository, command, signal);
    const keys = configEntries(stdout).filter(isFileThatIsTold);
    if (keys.length === 0) return;
    const message = 'The other repository has configuration that reads files from anywhere; details name it';
    throw new ServerError('untrusted_config', message, { details: { keys: keys.map(({ key }) => key) } });
  }
}

/** Each line of the list that is no id of an object is told in git's error. */
function isFileThatIsTold({ section, variable }: { section: string; variable: string }): boolean {
  return section === 'receive' && variable === 'skiplist';
}

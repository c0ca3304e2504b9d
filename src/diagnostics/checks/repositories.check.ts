import { Inject, Injectable } from '@nestjs/common';

import { GIT_CLI, type GitCli } from '../../git/git-cli.port.js';
import { RepositoryDiscovery } from '../../git/paths/repository.discovery.js';
import { type Repository } from '../../git/repository.js';
import { type LockFile, StaleLocks } from '../../git/stale-locks.service.js';
import { ServerError } from '../../shared/errors/index.js';
import { type Check } from '../check.js';
import { type Cure, type Judgement, ok, warning } from '../finding.js';

const MOST = 50;

interface Looked {
  readonly repository: Repository;
  readonly keys: readonly string[];
  readonly locks: readonly LockFile[];
}

@Injectable()
export class RepositoriesCheck implements Check {
  readonly id = 'git.repositories';
  readonly section = 'git';
  readonly guide = 'Common Issues';
  readonly looksAt = 'dangerous configuration and lock files that nobody holds, in up to 50 repositories';
  readonly costly = true;

  constructor(
    private readonly discovery: RepositoryDiscovery,
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly stale: StaleLocks,
  ) {}

  async judge(signal: AbortSignal): Promise<Judgement> {
    const repositories = (await this.discovery.repositories(signal)).slice(0, MOST);
    const looked: Looked[] = [];
    for (const repository of repositories) looked.push(await this.look(repository, signal));
    const dangerous = looked.filter(({ keys }) => keys.length > 0);
    const locked = looked.flatMap(({ repository, locks }) =>
      locks.filter(({ stale }) => stale).map(({ name }) => ({ path: repository.path, name })),
    );
    const figures = {
      repositories: looked.length,
      trusted: looked
        .filter(({ repository }) => repository.trust === 'trusted')
        .map(({ repository }) => repository.path),
      dangerous: dangerous.map(({ repository, keys }) => ({ path: repository.path, keys })),
      stale_locks: locked,
    };
    const problems = [
      ...(dangerous.length > 0
        ? [`${dangerous.length} repositories have configuration that could run programs`]
        : []),
      ...(locked.length > 0 ? [`${locked.length} lock files are held by nobody`] : []),
    ];
    if (problems.length === 0) return ok(`${looked.length} repositories are in order`, figures);
    return warning(problems.join('; '), figures, {
      cause: 'somebody set it on purpose, or a git process was killed',
      cures: [
        ...dangerous.map(({ repository, keys }): Cure => ({
          what: 'remove the key',
          command: `git -C ${shellWord(repository.path)} config --unset ${keys[0]}`,
        })),
        ...locked.map(({ path, name }): Cure => ({
          what: `remove ${name}, with proof that nobody holds it`,
          command: `mcp-git-server locks clear ${shellWord(path)}`,
          call: { method: 'POST', path: '/admin/locks/clear', body: { repo_path: path } },
          safe: true,
        })),
      ],
    });
  }

  private async look(repository: Repository, signal: AbortSignal): Promise<Looked> {
    const locks = await this.stale.find(repository);
    return { repository, keys: await this.dangerousKeys(repository, signal), locks };
  }

  private async dangerousKeys(repository: Repository, signal: AbortSignal): Promise<readonly string[]> {
    try {
      await this.git.run(repository, { name: 'config', options: ['--list', '--null'] }, signal);
      return [];
    } catch (error) {
      if (!(error instanceof ServerError) || error.code !== 'untrusted_config') throw error;
      return (error.details as { keys?: readonly string[] } | undefined)?.keys ?? ['config'];
    }
  }
}

/** As a shell takes it for one word. */
function shellWord(path: string): string {
  return /^[\w./@%+,:=-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

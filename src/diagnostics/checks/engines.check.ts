import { Injectable } from '@nestjs/common';

import { GitHealthIndicator } from '../../git/git.health.js';
import { Libgit2WorkerPool } from '../../git/libgit2-worker.pool.js';
import { type Check } from '../check.js';
import { failed, type Judgement, ok, warning } from '../finding.js';

@Injectable()
export class EnginesCheck implements Check {
  readonly id = 'git.engines';
  readonly section = 'git';
  readonly guide = "Server Won't Start";
  readonly looksAt = 'whether git and libgit2 answer, found out by letting them; workers and their restarts';

  constructor(
    private readonly health: GitHealthIndicator,
    private readonly pool: Libgit2WorkerPool,
  ) {}

  async judge(): Promise<Judgement> {
    const { git } = await this.health.isHealthy();
    const {
      status,
      version = null,
      libgit2 = null,
    } = git as { status: string; version?: string; libgit2?: string };
    const figures = { git: version, libgit2, ...this.pool.stats() };
    if (status === 'up') return ok(`git ${version} and libgit2 answer`, figures);
    if (status === 'down') {
      return failed('git cannot be run: nothing works without it', figures, {
        cause: 'it is not installed, not in PATH, or git.binary names something else',
        cures: [
          { what: 'install git', command: 'apt-get install git' },
          { what: 'say where it is', setting: 'git.binary=/usr/bin/git' },
        ],
      });
    }
    return warning('libgit2 does not answer; git answers in its place, slower', figures, {
      cause: 'its native module does not load on this machine',
      cures: [{ what: 'see why', command: 'mcp-git-server doctor --only startup' }],
    });
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';

import { Deadline } from '../resilience/deadline.js';
import { settleOrAbandon } from '../resilience/settle.js';
import { GIT_CLI, type GitCli } from './git-cli.port.js';
import { Libgit2WorkerPool } from './libgit2-worker.pool.js';

/** How long an engine may take to start on a busy machine. */
const TIMEOUT_MS = 5_000;
const UNRELATED = new AbortController().signal;

/**
 * Whether both engines work, found out by letting them work. Without git nothing does; without libgit2 git
 * answers in its place, slower.
 */
@Injectable()
export class GitHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly pool: Libgit2WorkerPool,
  ) {}

  async isHealthy() {
    const indicator = this.indicators.check('git');
    const deadline = new Deadline(TIMEOUT_MS, UNRELATED);
    try {
      const probes = [this.probeGit(deadline.signal), this.probeLibgit2(deadline.signal)];
      const [version, libgit2] = await Promise.all(
        probes.map((probe) => settleOrAbandon(probe, deadline.signal)),
      );
      const data = { version, libgit2 };
      if (version === FAILED)
        return indicator.down({ ...data, message: 'git cannot be run; see git.binary' });
      return libgit2 === FAILED ? indicator.degraded(data) : indicator.up(data);
    } catch {
      return indicator.down({ message: `git did not answer within ${TIMEOUT_MS} ms` });
    } finally {
      deadline.dispose();
    }
  }

  private async probeGit(signal: AbortSignal): Promise<string> {
    try {
      const { exitCode, stdout } = await this.git.runIn('/', { name: 'version' }, signal);
      return exitCode === 0 ? stdout.replace('git version', '').trim() : FAILED;
    } catch {
      return FAILED;
    }
  }

  // Workers that are all at work need no proof that they work, and a probe would have to wait for them.
  private async probeLibgit2(signal: AbortSignal): Promise<string> {
    const { workers, busy } = this.pool.stats();
    if (workers > 0 && busy === workers) return 'busy';
    try {
      await this.pool.probe(signal);
      return 'works';
    } catch {
      return FAILED;
    }
  }
}

const FAILED = 'failed';

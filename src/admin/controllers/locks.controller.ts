import { Body, HttpCode, Inject, Post } from '@nestjs/common';

import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../../git/repository-locks.port.js';
import { type LockFile, StaleLocks } from '../../git/stale-locks.service.js';
import { AdminController } from '../access/admin.controller.js';
import { BodyPipe } from '../access/body.pipe.js';
import { Summary } from '../access/summary.js';
import { LocksBody } from '../bodies/admin.bodies.js';

const PATIENCE_MS = 60_000;

@AdminController('locks')
export class LocksController {
  constructor(
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
    private readonly stale: StaleLocks,
  ) {}

  @Post('clear')
  @HttpCode(200)
  @Summary("Removes git's lock files that nobody holds, each with the proof of it")
  async clear(@Body(BodyPipe) { repo_path }: LocksBody): Promise<{ removed: readonly LockFile[] }> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return { removed: await this.stale.clear(await this.locator.locate(repo_path, signal), signal) };
  }
}

import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';

import { ScheduledJobs } from '../observability/scheduled-jobs.service.js';
import { SessionArchive } from './resume/session-archive.service.js';

/** As long as its circuit stays open: sooner the store would not be asked. */
const EVERY_MS = 2_000;

/** Writes sessions that missed a write while the store was away, and that may have nothing to say by themselves for long. */
@Injectable()
export class StoreCatchUpJob implements OnApplicationBootstrap {
  constructor(
    private readonly archive: SessionArchive,
    private readonly jobs: ScheduledJobs,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.every('sessions.catch-up', EVERY_MS, () => this.archive.catchUp());
  }
}

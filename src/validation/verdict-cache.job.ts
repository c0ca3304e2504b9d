import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';

import { ValidationConfig } from '../config/sections/index.js';
import { ScheduledJobs } from '../observability/scheduled-jobs.service.js';
import { MessageValidator } from './message-validator.service.js';

/** Empties the cache of verdicts every `validation.cache.clearInterval`. */
@Injectable()
export class VerdictCacheJob implements OnApplicationBootstrap {
  constructor(
    private readonly config: ValidationConfig,
    private readonly jobs: ScheduledJobs,
    private readonly validator: MessageValidator,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.every('validation.cache.clear', this.config.cache.clearInterval, () =>
      this.validator.cache.clear(),
    );
  }
}

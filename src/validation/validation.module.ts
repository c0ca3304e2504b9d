import { Module } from '@nestjs/common';

import { MessageValidator } from './message-validator.service.js';
import { ValidationMetrics } from './validation.metrics.js';
import { VerdictCacheJob } from './verdict-cache.job.js';

/** What messages must look like, and what is said of those that do not. */
@Module({
  providers: [MessageValidator, ValidationMetrics, VerdictCacheJob],
  exports: [MessageValidator],
})
export class ValidationModule {}

import { Type } from 'class-transformer';
import { ValidateNested } from 'class-validator';

import { Choice, Count, Duration, Flag } from '../setting.decorators.js';

export class ValidationCacheConfig {
  @Flag('Remember verdicts of messages that needed the slow path')
  enabled = true;

  @Count('Most verdicts remembered', { min: 1 })
  maxEntries = 1_024;

  @Duration('How often the cache is emptied', { min: 1_000 })
  clearInterval = 3_600_000;
}

export class ValidationConfig {
  @Choice('lenient: drops unknown fields and coerces harmless ones, with warnings; strict: refuses them', [
    'lenient',
    'strict',
  ])
  mode: 'lenient' | 'strict' = 'lenient';

  @Count('Refused frames in a row after which the socket is closed with 4400', { min: 1 })
  maxConsecutiveFailures = 10;

  @Count('Deepest nesting of a message', { min: 4, max: 256 })
  maxDepth = 32;

  @ValidateNested()
  @Type(() => ValidationCacheConfig)
  cache = new ValidationCacheConfig();
}

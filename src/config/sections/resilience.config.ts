import { Type } from 'class-transformer';
import { ValidateNested } from 'class-validator';

import { Count, Duration, Flag, Ratio } from '../setting.decorators.js';

export class RateLimitConfig {
  @Flag('Limit how many frames a session may send')
  enabled = true;

  @Count('Frames a second that a session may send in the long run', { min: 1 })
  framesPerSecond = 200;

  @Count('Frames that a session may send at once', { min: 1 })
  burst = 400;
}

export class RetryConfig {
  @Count('Most attempts of one operation, the first included', { min: 1, max: 10 })
  maxAttempts = 3;

  @Duration('Upper bound of the first wait; doubles with each attempt, the wait is a random part of it', {
    min: 1,
  })
  baseDelay = 100;

  @Duration('Upper bound of any wait', { min: 1 })
  maxDelay = 5_000;

  @Ratio('Retries allowed as a share of recent first attempts')
  budget = 0.1;
}

export class BreakerConfig {
  @Count('Failures in a row that open a circuit', { min: 1 })
  failureThreshold = 5;

  @Duration('How long a circuit stays open before it lets trial calls through', { min: 1 })
  recoveryTimeout = 30_000;

  @Count('Trial calls at once while half-open', { min: 1 })
  halfOpenMaxCalls = 1;
}

export class ErrorAnalysisConfig {
  @Duration('Window over which error rates are taken', { min: 1_000 })
  window = 3_600_000;

  @Count('Errors per minute of one type that count as a spike', { min: 1 })
  spikeThreshold = 5;
}

export class ResilienceConfig {
  @Count('Operations that run at once', { min: 1 })
  maxConcurrentOperations = 10;

  @Count('Operations that wait for a place; above it temporary_resource_unavailable', { min: 0 })
  maxQueuedOperations = 100;

  @ValidateNested()
  @Type(() => RateLimitConfig)
  rateLimit = new RateLimitConfig();

  @ValidateNested()
  @Type(() => RetryConfig)
  retry = new RetryConfig();

  @ValidateNested()
  @Type(() => BreakerConfig)
  breaker = new BreakerConfig();

  @ValidateNested()
  @Type(() => ErrorAnalysisConfig)
  errors = new ErrorAnalysisConfig();
}

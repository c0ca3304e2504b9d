import { Logger } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { IsString } from 'class-validator';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { AppConfig } from '../config/app.config.js';
import { ConfigModule } from '../config/config.module.js';
import { MetricsRegistry } from '../observability/metrics.registry.js';
import { ObservabilityModule } from '../observability/observability.module.js';
import { MessageValidator } from './message-validator.service.js';
import { ValidationModule } from './validation.module.js';

const HOUR_MS = 3_600_000;

class Note {
  @IsString()
  text: string;
}

describe('ValidationModule', () => {
  let module: TestingModule;
  let validator: MessageValidator;

  beforeEach(async () => {
    vi.useFakeTimers({ now: 0 });
    Logger.overrideLogger(false);
    module = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot(new AppConfig()),
        ObservabilityModule,
        ScheduleModule.forRoot(),
        ValidationModule,
      ],
    }).compile();
    await module.init();
    validator = module.get(MessageValidator);
  });

  afterEach(async () => {
    await module.close();
    vi.useRealTimers();
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  it('empties the cache every hour, and leaves no timer behind', async () => {
    validator.validate(Note, {}, 'note');

    await vi.advanceTimersByTimeAsync(HOUR_MS - 1);
    expect(validator.cache.stats().size).toBe(1);

    await vi.advanceTimersByTimeAsync(1);
    expect(validator.cache.stats().size).toBe(0);

    await module.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('shows what was validated, by type and outcome, and the use of the cache', async () => {
    validator.validate(Note, { text: 'a' }, 'note');
    validator.validate(Note, { text: 'a', extra: 1 }, 'note');
    validator.validate(Note, {}, 'note');
    validator.validate(Note, {}, 'note');

    const metrics = await module.get(MetricsRegistry).metrics();

    expect(metrics).toContain('mcp_git_validated_messages_total{type="note",outcome="accepted"} 1');
    expect(metrics).toContain('mcp_git_validated_messages_total{type="note",outcome="recovered"} 1');
    expect(metrics).toContain('mcp_git_validated_messages_total{type="note",outcome="refused"} 2');
    expect(metrics).toContain('mcp_git_validation_cache_lookups_total{outcome="hit"} 1');
    expect(metrics).toContain('mcp_git_validation_cache_entries 1');
  });
});

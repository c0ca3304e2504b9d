import { HealthIndicatorService } from '@nestjs/terminus';
import { describe, expect, it } from 'vitest';

import { ManualClock } from '../../test/support/manual-clock.js';
import { RecordingConnection } from '../../test/support/recording-connection.js';
import { HealthConfig, ResilienceConfig, SessionsConfig } from '../config/sections/index.js';
import { SessionRegistry } from './session.registry.js';
import { SessionsHealthIndicator } from './sessions.health.js';

function setUp(open: number) {
  const config = Object.assign(new SessionsConfig(), { max: 10 });
  const sessions = new SessionRegistry(config, new ResilienceConfig(), new ManualClock());
  for (let index = 0; index < open; index += 1) sessions.begin(new RecordingConnection());
  return new SessionsHealthIndicator(new HealthIndicatorService(), sessions, config, new HealthConfig());
}

describe('The health of sessions', () => {
  it('is up below the share of sessions.max that the operator set', () => {
    expect(setUp(8).isHealthy().sessions).toMatchObject({ status: 'up', open: 8, max: 10, active: 8 });
  });

  it('is degraded from there on', () => {
    expect(setUp(9).isHealthy().sessions).toMatchObject({
      status: 'degraded',
      open: 9,
      reason: 'near sessions.max',
    });
  });
});

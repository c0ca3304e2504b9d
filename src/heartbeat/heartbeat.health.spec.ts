import { HealthIndicatorService } from '@nestjs/terminus';
import { describe, expect, it } from 'vitest';

import { ManualClock } from '../../test/support/manual-clock.js';
import { HeartbeatConfig, ResilienceConfig, SessionsConfig } from '../config/sections/index.js';
import { SessionRegistry } from '../sessions/session.registry.js';
import { HeartbeatHealthIndicator } from './heartbeat.health.js';
import { HeartbeatMonitor } from './heartbeat.monitor.js';

describe('The health of the heartbeat', () => {
  it('is up while the monitor runs and down when it does not', () => {
    const clock = new ManualClock();
    const sessions = new SessionRegistry(new SessionsConfig(), new ResilienceConfig(), clock);
    const monitor = new HeartbeatMonitor(new HeartbeatConfig(), sessions, clock);
    const health = new HeartbeatHealthIndicator(new HealthIndicatorService(), monitor);

    monitor.start();
    const running = health.isHealthy().heartbeat.status;
    monitor.stop();

    expect([running, health.isHealthy().heartbeat.status]).toEqual(['up', 'down']);
  });
});

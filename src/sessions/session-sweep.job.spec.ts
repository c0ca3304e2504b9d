import { ScheduleModule } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { timerClock } from '../../test/support/manual-clock.js';
import { RecordingConnection } from '../../test/support/recording-connection.js';
import { AppConfig } from '../config/app.config.js';
import { ConfigModule } from '../config/config.module.js';
import { ObservabilityModule } from '../observability/observability.module.js';
import { CLOCK } from '../shared/clock.js';
import { Continuities } from './resume/continuities.service.js';
import { SessionRegistry } from './session.registry.js';
import { SessionSweepJob } from './session-sweep.job.js';
import { SessionsModule } from './sessions.module.js';

const SECOND = 1_000;

describe('Session sweep', () => {
  let sessions: SessionRegistry;
  let close: () => Promise<void>;
  let sweep: SessionSweepJob;
  let continuities: Continuities;

  beforeEach(async () => {
    vi.useFakeTimers({ now: 0 });
    const config = new AppConfig();
    Object.assign(config.sessions, { idleTimeout: 30 * SECOND, sweepInterval: 10 * SECOND });
    const module = await Test.createTestingModule({
      imports: [ScheduleModule.forRoot(), ConfigModule.forRoot(config), ObservabilityModule, SessionsModule],
    })
      .overrideProvider(CLOCK)
      .useValue(timerClock)
      .compile();
    await module.init();
    sessions = module.get(SessionRegistry);
    sweep = module.get(SessionSweepJob);
    continuities = module.get(Continuities);
    close = () => module.close();
  });

  afterEach(async () => {
    await close();
    vi.useRealTimers();
  });

  it('closes a session once it has been idle for the timeout', async () => {
    const connection = new RecordingConnection();
    const session = sessions.begin(connection);

    await vi.advanceTimersByTimeAsync(20 * SECOND);
    expect(connection.closedWith).toBeUndefined();
    await vi.advanceTimersByTimeAsync(20 * SECOND);

    expect(connection.closedWith).toBe(4410);
    expect(session.idleTimeouts).toBe(1);
  });

  it('spares an idle session with a running operation', async () => {
    const connection = new RecordingConnection();
    sessions.begin(connection).begin('1');

    await vi.advanceTimersByTimeAsync(60 * SECOND);

    expect(connection.closedWith).toBeUndefined();
  });

  it('spares a session that was used in time', async () => {
    const connection = new RecordingConnection();
    const session = sessions.begin(connection);

    for (let turn = 0; turn < 6; turn += 1) {
      await vi.advanceTimersByTimeAsync(10 * SECOND);
      session.touch(Date.now());
    }

    expect(connection.closedWith).toBeUndefined();
  });

  it('closes sessions in ERROR', async () => {
    const connection = new RecordingConnection();
    sessions.begin(connection).fail();

    expect(sweep.sweep()).toEqual({ idle: 0, failed: 1, halfOpen: 0, expired: 0 });
    expect(connection.closedWith).toBe(4500);
  });

  it('forgets a session whose socket ended without a word', async () => {
    const connection = new RecordingConnection();
    const session = sessions.begin(connection);
    connection.isOpen = false;

    expect(sweep.sweep()).toEqual({ idle: 0, failed: 0, halfOpen: 1, expired: 0 });
    expect(connection.terminated).toBe(true);
    expect(sessions.get(session.id)).toBeUndefined();
  });

  it('lets one that can be resumed wait for its client instead', async () => {
    const connection = new RecordingConnection();
    const session = sessions.begin(connection);
    continuities.begin(session);
    connection.isOpen = false;

    expect(sweep.sweep()).toEqual({ idle: 0, failed: 0, halfOpen: 1, expired: 0 });
    expect(connection.terminated).toBe(true);
    expect(sessions.get(session.id)?.parked).toBe(true);
    expect(sweep.sweep()).toEqual({ idle: 0, failed: 0, halfOpen: 0, expired: 0 });
  });
});

describe('Session sweep job', () => {
  it('ends with the application', async () => {
    vi.useFakeTimers({ now: 0 });
    const module = await Test.createTestingModule({
      imports: [
        ScheduleModule.forRoot(),
        ConfigModule.forRoot(new AppConfig()),
        ObservabilityModule,
        SessionsModule,
      ],
    }).compile();
    await module.init();
    expect(vi.getTimerCount()).toBeGreaterThan(0);

    await module.close();

    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});

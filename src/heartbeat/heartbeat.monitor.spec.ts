import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { timerClock } from '../../test/support/manual-clock.js';
import { RecordingConnection } from '../../test/support/recording-connection.js';
import { HeartbeatConfig, ResilienceConfig, SessionsConfig } from '../config/sections/index.js';
import { SessionRegistry } from '../sessions/session.registry.js';
import { HeartbeatMonitor } from './heartbeat.monitor.js';

const INTERVAL = 1_000;
const THRESHOLD = 3;

describe('HeartbeatMonitor', () => {
  let sessions: SessionRegistry;
  let monitor: HeartbeatMonitor;

  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
    sessions = new SessionRegistry(new SessionsConfig(), new ResilienceConfig(), timerClock);
    const config = Object.assign(new HeartbeatConfig(), { interval: INTERVAL, missedThreshold: THRESHOLD });
    monitor = new HeartbeatMonitor(config, sessions, timerClock);
    monitor.start();
  });

  afterEach(() => {
    monitor.stop();
    vi.useRealTimers();
  });

  function open() {
    const connection = new RecordingConnection();
    return { connection, session: sessions.begin(connection) };
  }

  it('asks every session once per interval', () => {
    const { connection, session } = open();

    for (let round = 0; round < 10; round += 1) {
      vi.advanceTimersByTime(INTERVAL);
      session.beat(Date.now());
    }

    expect(connection.pings).toBe(10);
  });

  it('closes a peer that fell silent within interval x (threshold + 1), and a second at most', () => {
    const { connection, session } = open();
    vi.advanceTimersByTime(INTERVAL);
    session.beat(Date.now());

    vi.advanceTimersByTime(INTERVAL * THRESHOLD - 1);
    expect(connection.closedWith).toBeUndefined();
    vi.advanceTimersByTime(INTERVAL + 1_000);

    expect(connection.closedWith).toBe(4408);
    expect(session.heartbeatTimeouts).toBe(1);
  });

  it('never closes a peer that answers, however idle it is', () => {
    const { connection, session } = open();

    for (let round = 0; round < 100; round += 1) {
      vi.advanceTimersByTime(INTERVAL);
      session.beat(Date.now());
    }

    expect(connection.closedWith).toBeUndefined();
    expect(session.lastActiveAt).toBe(session.startedAt);
  });

  it('takes any frame as a sign of life', () => {
    const { connection, session } = open();

    for (let round = 0; round < 20; round += 1) {
      vi.advanceTimersByTime(INTERVAL);
      session.lastHeardAt = Date.now();
    }

    expect(connection.closedWith).toBeUndefined();
  });

  it('takes every byte for a sign of life, while a message is still on its way', () => {
    const { connection } = open();

    for (let round = 0; round < 20; round += 1) {
      vi.advanceTimersByTime(INTERVAL);
      connection.bytesRead += 1;
    }
    expect(connection.closedWith).toBeUndefined();

    vi.advanceTimersByTime(INTERVAL * (THRESHOLD + 1) + 1_000);
    expect(connection.closedWith).toBe(4408);
  });

  it('does not charge peers with the time that the process itself stood still', () => {
    const { connection, session } = open();
    vi.advanceTimersByTime(INTERVAL * 2);
    const asked = connection.pings;
    session.beat(Date.now());

    vi.setSystemTime(Date.now() + 60 * INTERVAL); // The clock goes on, the timers do not: a stall.
    vi.advanceTimersByTime(INTERVAL / 10);

    expect(connection.closedWith).toBeUndefined();
    expect(connection.pings).toBeLessThanOrEqual(asked + 1);
  });

  it('spreads the questions of many sessions over the interval', () => {
    const connections = Array.from({ length: 100 }, () => open().connection);
    const asked = () => connections.filter(({ pings }) => pings > 0).length;

    const steps = Array.from({ length: 10 }, () => {
      vi.advanceTimersByTime(INTERVAL / 10);
      return asked();
    });

    expect(steps).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  });

  it('sends the heartbeat message to those that asked for it, and to no one else', () => {
    const asking = open();
    const silent = open();
    asking.session.capabilities = { cancellation: true, progress: false, heartbeat: true, resume: false };

    vi.advanceTimersByTime(INTERVAL);

    expect(asking.connection.texts.map((text) => JSON.parse(text).type)).toEqual(['heartbeat']);
    expect(silent.connection.texts).toEqual([]);
  });

  it('forgets a session that is gone', () => {
    const { session } = open();
    expect(monitor.status().sessions).toBe(1);

    sessions.forget(session);

    expect(monitor.status().sessions).toBe(0);
  });

  it('takes on sessions without a record when it is restarted', () => {
    monitor.stop();
    expect(monitor.running).toBe(false);
    const { connection } = open();

    monitor.restart();
    vi.advanceTimersByTime(INTERVAL);

    expect(monitor.running).toBe(true);
    expect(connection.pings).toBe(1);
  });

  it('uses one timer for all sessions and none once stopped', () => {
    for (let index = 0; index < 100; index += 1) open();
    expect(vi.getTimerCount()).toBe(1);

    monitor.stop();

    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells how long ago each session was heard', () => {
    const { session } = open();

    vi.advanceTimersByTime(250);

    expect([...monitor.ages()]).toEqual([[session.id, 250]]);
  });
});

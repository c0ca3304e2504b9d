import { beforeEach, describe, expect, it } from 'vitest';

import { ManualClock } from '../../test/support/manual-clock.js';
import { RecordingConnection } from '../../test/support/recording-connection.js';
import { ResilienceConfig, SessionsConfig } from '../config/sections/index.js';
import { SessionRegistry } from './session.registry.js';

describe('SessionRegistry', () => {
  let clock: ManualClock;

  beforeEach(() => {
    clock = new ManualClock();
  });

  function registry(settings: Partial<SessionsConfig> = {}) {
    return new SessionRegistry(Object.assign(new SessionsConfig(), settings), new ResilienceConfig(), clock);
  }

  function open(sessions: SessionRegistry) {
    clock.advance(1);
    const connection = new RecordingConnection();
    return { connection, session: sessions.begin(connection) };
  }

  it('counts sessions by state as they change', () => {
    const sessions = registry();
    const { session } = open(sessions);
    open(sessions);

    session.activate();
    session.pause();

    expect(sessions.counts).toMatchObject({ CREATED: 1, ACTIVE: 0, PAUSED: 1 });
    expect(sessions.open).toBe(2);
  });

  it('finds a session by its id until it is forgotten', () => {
    const sessions = registry();
    const { session } = open(sessions);
    expect(sessions.get(session.id)).toBe(session);

    sessions.forget(session);

    expect(sessions.get(session.id)).toBeUndefined();
    expect(session.state.name).toBe('CLOSED');
    expect(sessions.counts).toMatchObject({ CREATED: 0, CLOSING: 0, CLOSED: 1 });
  });

  it('cancels what a session runs when it is closed', () => {
    const sessions = registry();
    const { session, connection } = open(sessions);
    const signal = session.begin('1');

    sessions.close(session, 4410, 'idle');

    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ code: 'operation_cancelled' });
    expect(connection.closedWith).toBe(4410);
  });

  it('cancels what a session runs when its connection is lost', () => {
    const sessions = registry();
    const { session } = open(sessions);
    const signal = session.begin('1');

    sessions.forget(session);

    expect(signal.aborted).toBe(true);
  });

  it('closes once, with the first reason', () => {
    const sessions = registry();
    const { session, connection } = open(sessions);

    sessions.close(session, 4408, 'first');
    sessions.close(session, 4410, 'second');

    expect(connection.closedWith).toBe(4408);
  });

  it('tells its listeners of each session once', () => {
    const sessions = registry();
    const told: string[] = [];
    sessions.listen({
      sessionOpened: () => void told.push('opened'),
      sessionClosed: () => void told.push('closed'),
    });
    const { session } = open(sessions);

    sessions.close(session, 1000, '');
    sessions.forget(session);
    sessions.forget(session);

    expect(told).toEqual(['opened', 'closed']);
  });

  describe('when full', () => {
    it('closes the longest idle sessions, as many as a batch', () => {
      const sessions = registry({ max: 4, evictBatch: 2 });
      const [a, b, c, d] = Array.from({ length: 4 }, () => open(sessions));
      clock.advance(1);
      a?.session.touch(clock.monotonicMs());

      open(sessions);

      expect([a, b, c, d].map((entry) => entry?.connection.closedWith)).toEqual([
        undefined,
        4410,
        4410,
        undefined,
      ]);
      expect(sessions.open).toBe(3);
    });

    it('spares a session with a running operation, however long it is idle', () => {
      const sessions = registry({ max: 2, evictBatch: 1 });
      const busy = open(sessions);
      busy.session.begin('1');
      const idle = open(sessions);

      open(sessions);

      expect(busy.connection.closedWith).toBeUndefined();
      expect(idle.connection.closedWith).toBe(4410);
    });

    it('refuses a new session where every one is busy', () => {
      const sessions = registry({ max: 1 });
      open(sessions).session.begin('1');

      expect(() => open(sessions)).toThrow(expect.objectContaining({ code: 'session_limit_reached' }));
      expect(sessions.open).toBe(1);
    });

    it('refuses a new session where the policy is to refuse, and says when to retry', () => {
      const sessions = registry({ max: 1, whenFull: 'refuse' });
      const first = open(sessions);

      expect(() => open(sessions)).toThrow(
        expect.objectContaining({ code: 'session_limit_reached', retryAfterMs: 5_000 }),
      );
      expect(first.connection.closedWith).toBeUndefined();
    });

    it('does not count sessions on their way out', () => {
      const sessions = registry({ max: 1, whenFull: 'refuse' });
      const { session } = open(sessions);

      sessions.close(session, 1000, '');

      expect(open(sessions).session.state.name).toBe('CREATED');
    });
  });
});

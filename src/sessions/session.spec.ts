import { beforeEach, describe, expect, it } from 'vitest';

import { ManualClock } from '../../test/support/manual-clock.js';
import { RecordingConnection } from '../../test/support/recording-connection.js';
import { ResilienceConfig, SessionsConfig } from '../config/sections/index.js';
import { ServerError } from '../shared/errors/index.js';
import { SessionRegistry } from './session.registry.js';
import { type Session } from './session.js';
import { viewOf } from './session.view.js';

describe('Session', () => {
  let clock: ManualClock;
  let sessions: SessionRegistry;
  let session: Session;

  beforeEach(() => {
    clock = new ManualClock();
    sessions = new SessionRegistry(new SessionsConfig(), new ResilienceConfig(), clock);
    session = sessions.begin(new RecordingConnection());
  });

  it('refuses a request whose id still runs, and takes the id again afterwards', () => {
    session.begin('7');
    expect(() => session.begin('7')).toThrow(expect.objectContaining({ code: 'duplicate_request_id' }));

    session.end('7');

    expect(session.begin('7').aborted).toBe(false);
  });

  it('cancels the one request it is asked to', () => {
    const first = session.begin('1');
    const second = session.begin('2');

    const found = session.cancel('1', new ServerError('operation_cancelled', 'why'));

    expect(found).toBe(true);
    expect([first.aborted, second.aborted]).toEqual([true, false]);
  });

  it('says that there was nothing to cancel', () => {
    expect(session.cancel('1', new ServerError('operation_cancelled', 'why'))).toBe(false);
  });

  it('keeps the number of running operations of all sessions', () => {
    const other = sessions.begin(new RecordingConnection());
    session.begin('1');
    other.begin('1');
    session.begin('2');

    session.end('1');
    session.end('1');

    expect(sessions.runningOperations).toBe(2);
    expect(session.activeRequestIds()).toEqual(['2']);
  });

  it('cannot be paused before it is in use', () => {
    expect(() => session.pause()).toThrow(expect.objectContaining({ code: 'forbidden' }));
  });

  it('is not resumed once its client has left', () => {
    session.activate();

    session.leave();

    expect(session.state.name).toBe('PAUSED');
    expect(() => session.resume()).toThrow(expect.objectContaining({ code: 'forbidden' }));
  });

  it('is paused and resumed any number of times', () => {
    session.activate();
    session.pause();
    session.pause();
    session.resume();
    session.resume();

    expect(session.state.name).toBe('ACTIVE');
    expect(session.stateTransitions).toBe(3);
  });

  it('shows its counters and ages in seconds', () => {
    session.activate();
    clock.advance(1_000);
    session.beat(clock.monotonicMs());
    clock.advance(500);
    session.touch(clock.monotonicMs());
    clock.advance(2_000);

    expect(viewOf(session, clock)).toEqual({
      session_id: session.id,
      state: 'ACTIVE',
      metrics: {
        start_time: '2024-01-01T00:00:00.000Z',
        last_active: '2024-01-01T00:00:01.500Z',
        last_heartbeat: '2024-01-01T00:00:01.000Z',
        uptime: 3.5,
        idle_time: 2,
        heartbeat_age: 2.5,
        command_count: 0,
        error_count: 0,
        message_count: 0,
        heartbeat_count: 1,
        state_transitions: 1,
        idle_timeouts: 0,
        heartbeat_timeouts: 0,
        active_operations: 0,
      },
    });
  });
});

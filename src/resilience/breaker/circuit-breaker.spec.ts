import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ManualClock } from '../../../test/support/manual-clock.js';
import { type BreakerTransition } from './breaker-state.js';
import { type CallOutcome, CircuitBreaker } from './circuit-breaker.js';

const LIMITS = { failureThreshold: 3, recoveryTimeout: 1_000, halfOpenMaxCalls: 2 };

function build(config = LIMITS) {
  const clock = new ManualClock();
  const changes: BreakerTransition[] = [];
  const breaker = new CircuitBreaker('git.read', config, clock, (change) => changes.push(change));
  const call = (outcome: CallOutcome) => breaker.enter()(outcome);
  const open = () => {
    for (let failure = 0; failure < config.failureThreshold; failure += 1) call('failed');
  };
  return { breaker, clock, changes, call, open };
}

describe('CircuitBreaker', () => {
  it('opens after the configured number of failures in a row', () => {
    const { breaker, call } = build();

    call('failed');
    call('failed');
    call('succeeded');
    call('failed');
    call('failed');
    expect(breaker.status).toBe('closed');

    call('failed');
    expect(breaker.status).toBe('open');
  });

  it('takes what says nothing of the server neither for nor against it', () => {
    const { breaker, call } = build();

    for (const outcome of ['failed', 'ignored', 'failed', 'ignored', 'ignored', 'failed'] as const)
      call(outcome);

    expect(breaker.status).toBe('open');
  });

  it('turns calls away while open and says when to come back', () => {
    const { breaker, clock, open } = build();
    open();

    clock.advance(400);

    expect(() => breaker.enter()).toThrow(
      expect.objectContaining({ code: 'circuit_open', retryAfterMs: 600 }) as Error,
    );
    expect(breaker.stats()).toMatchObject({ state: 'open', rejected: 1, nextAttemptInMs: 600 });
  });

  it('lets several trials through at once when it is half-open, and no more', () => {
    const { breaker, clock, open } = build();
    open();
    clock.advance(1_000);

    breaker.enter();
    breaker.enter();

    expect(breaker.status).toBe('half-open');
    expect(() => breaker.enter()).toThrow(
      expect.objectContaining({ code: 'circuit_open', retryAfterMs: 1_000 }) as Error,
    );
  });

  it('closes with the first trial that succeeds', () => {
    const { breaker, clock, call, open, changes } = build();
    open();
    clock.advance(1_000);

    call('succeeded');

    expect(breaker.stats()).toMatchObject({ state: 'closed', failureCount: 0 });
    expect(changes.map(({ from, to, reason }) => [from, to, reason])).toEqual([
      ['closed', 'open', 'failures'],
      ['open', 'half-open', 'recovery-timeout'],
      ['half-open', 'closed', 'trial-succeeded'],
    ]);
  });

  it('opens again with the first trial that fails, for a whole recovery timeout', () => {
    const { breaker, clock, call, open } = build();
    open();
    clock.advance(5_000);

    call('failed');

    expect(breaker.stats()).toMatchObject({ state: 'open', nextAttemptInMs: 1_000 });
  });

  it('gives the place of a trial that proves nothing to another', () => {
    const { breaker, clock, call, open } = build({ ...LIMITS, halfOpenMaxCalls: 1 });
    open();
    clock.advance(1_000);

    call('ignored');

    expect(() => breaker.enter()).not.toThrow();
  });

  it('does not take a call from before it opened for the result of a trial', () => {
    const { breaker, clock, open } = build();
    const slow = [breaker.enter(), breaker.enter()];
    open();
    clock.advance(1_000);
    expect(breaker.status).toBe('half-open');

    slow[0]?.('failed');
    slow[1]?.('succeeded');

    expect(breaker.stats()).toMatchObject({ state: 'half-open', failed: 4, successful: 1 });
  });

  it.each([-86_400_000, 86_400_000])('is not moved by a system clock set by %i ms', (jump) => {
    const { breaker, clock, open } = build();
    open();

    clock.setWall(clock.nowMs() + jump);

    expect(breaker.stats()).toMatchObject({ state: 'open', nextAttemptInMs: 1_000 });
    clock.advance(1_000);
    expect(breaker.status).toBe('half-open');
  });

  it('stays open when isolated by hand, until it is reset by hand', () => {
    const { breaker, clock } = build();

    breaker.isolate();
    clock.advance(1_000_000);

    expect(breaker.stats()).toMatchObject({ state: 'open', isolated: true });
    expect(breaker.stats().nextAttemptInMs).toBeUndefined();
    breaker.reset();
    expect(breaker.stats()).toMatchObject({ state: 'closed', isolated: false });
  });

  it('takes new parameters while it runs', () => {
    const { breaker, clock, open } = build();
    open();

    breaker.configure({ recoveryTimeout: 10 });
    clock.advance(10);

    expect(breaker.stats()).toMatchObject({ state: 'half-open', failureThreshold: 3, recoveryTimeoutMs: 10 });
  });

  it.each([{ failureThreshold: 0 }, { recoveryTimeout: 1.5 }, { halfOpenMaxCalls: Number.NaN }])(
    'refuses %o',
    (change) => {
      const { breaker } = build();

      expect(() => breaker.configure(change)).toThrow(
        expect.objectContaining({ code: 'validation_failed' }) as Error,
      );
      expect(breaker.stats()).toMatchObject({
        failureThreshold: 3,
        recoveryTimeoutMs: 1_000,
        halfOpenMaxCalls: 2,
      });
    },
  );

  it('tells how it fares', () => {
    const { breaker, clock, call } = build();
    call('succeeded');
    call('succeeded');
    call('succeeded');
    call('ignored');
    clock.advance(5);

    call('failed');

    expect(breaker.stats()).toEqual({
      name: 'git.read',
      state: 'closed',
      isolated: false,
      failureCount: 1,
      total: 5,
      successful: 3,
      failed: 1,
      ignored: 1,
      rejected: 0,
      failureRate: 0.25,
      lastFailureAt: Date.UTC(2024, 0, 1) + 5,
      failureThreshold: 3,
      recoveryTimeoutMs: 1_000,
      halfOpenMaxCalls: 2,
    });
  });

  it('behaves as a table of its rules says, in any story', () => {
    const events = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constantFrom('succeeded' as const, 'failed' as const, 'ignored' as const),
        }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(700) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('reset' as const, 'isolate' as const) }) },
    );
    fc.assert(
      fc.property(fc.array(events, { maxLength: 80 }), (story) => {
        const { breaker, clock } = build();
        const model = new Model();
        for (const event of story) {
          if ('ms' in event) clock.advance(event.ms);
          expect(play(breaker, event.do)).toBe(model.play(event));
          expect(breaker.status).toBe(model.status());
        }
      }),
    );
  });
});

type Act = CallOutcome | 'pass' | 'reset' | 'isolate';

/** Whether a call was let through; other acts count as such. */
function play(breaker: CircuitBreaker, act: Act): boolean {
  if (act === 'pass') return true;
  if (act === 'reset' || act === 'isolate') breaker[act]();
  else {
    try {
      breaker.enter()(act);
    } catch {
      return false;
    }
  }
  return true;
}

/** The rules for calls one after the other, without eras and trials. */
class Model {
  private now = 0;
  private failures = 0;
  private openUntil: number | undefined;

  status(): string {
    if (this.openUntil === undefined) return 'closed';
    return this.now >= this.openUntil ? 'half-open' : 'open';
  }

  play(event: { do: Act; ms?: number }): boolean {
    if (event.do === 'pass') this.now += event.ms ?? 0;
    else if (event.do === 'reset') this.close();
    else if (event.do === 'isolate') this.openUntil = Number.POSITIVE_INFINITY;
    else return this.call(event.do);
    return true;
  }

  private call(outcome: CallOutcome): boolean {
    const status = this.status();
    if (status === 'open') return false;
    if (outcome === 'succeeded') this.close();
    if (outcome === 'failed') this.failures += 1;
    const opens = status === 'half-open' || this.failures >= LIMITS.failureThreshold;
    if (outcome === 'failed' && opens) this.openUntil = this.now + LIMITS.recoveryTimeout;
    return true;
  }

  private close(): void {
    this.failures = 0;
    this.openUntil = undefined;
  }
}

import { Logger } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ManualClock } from '../../../test/support/manual-clock.js';
import { ResilienceConfig } from '../../config/sections/index.js';
import { MetricsRegistry } from '../../observability/metrics.registry.js';
import { BreakerRegistry } from './breaker.registry.js';
import { type BreakerTransition } from './breaker-state.js';
import { BreakersHealthIndicator } from './breakers.health.js';

describe('BreakerRegistry', () => {
  let registry: BreakerRegistry;
  let health: BreakersHealthIndicator;
  let metrics: MetricsRegistry;
  let clock: ManualClock;

  beforeEach(() => {
    Logger.overrideLogger(false);
    [metrics, clock] = [new MetricsRegistry(), new ManualClock()];
    registry = new BreakerRegistry(new ResilienceConfig(), clock, metrics);
    health = new BreakersHealthIndicator(registry, new HealthIndicatorService());
  });

  afterEach(() => {
    Logger.overrideLogger(['log']);
  });

  const open = (name: string) => {
    for (let failure = 0; failure < 5; failure += 1) registry.get(name).enter()('failed');
  };

  it('keeps one circuit for each name', () => {
    open('git.read');

    expect(registry.get('git.read').status).toBe('open');
    expect(registry.get('git.write').status).toBe('closed');
  });

  it('remembers a bounded number of remotes, and of those the ones that are down', () => {
    open('remote:down.example.org');
    registry.get('git.read');

    for (let host = 0; host < 10_000; host += 1) registry.get(`remote:${host}.example.org`);

    const names = registry.all().map(({ name }) => name);
    expect(names).toHaveLength(256);
    expect(names).toEqual(
      expect.arrayContaining(['git.read', 'remote:down.example.org', 'remote:9999.example.org']),
    );
  });

  it('shows the state of each kind in the metrics, and of remotes the worst', async () => {
    registry.get('git.read');
    registry.get('remote:up.example.org');
    open('remote:down.example.org');

    const text = await metrics.metrics();

    expect(text).toContain('mcp_git_circuit_state{circuit="git.read"} 0');
    expect(text).toContain('mcp_git_circuit_state{circuit="remote"} 2');
    expect(text).not.toContain('example.org');
  });

  it('tells listeners of every change until they leave', () => {
    const changes: BreakerTransition[] = [];
    const leave = registry.onTransition((change) => changes.push(change));
    open('git.read');
    leave();

    registry.reset('git.read');

    expect(changes).toEqual([{ circuit: 'git.read', from: 'closed', to: 'open', reason: 'failures' }]);
  });

  it('resets all circuits and names those that needed it', () => {
    open('git.read');
    registry.isolate('git.write');
    registry.get('git.network');

    expect(registry.resetAll()).toEqual(['git.read', 'git.write']);
    expect(registry.stats().map(({ state }) => state)).toEqual(['closed', 'closed', 'closed']);
  });

  it('does not invent a circuit in order to reset it', () => {
    expect(() => registry.reset('git.raed')).toThrow(
      expect.objectContaining({ code: 'operation_failed' }) as Error,
    );
    expect(registry.all()).toEqual([]);
  });

  it('changes the parameters of one circuit', () => {
    registry.configure('git.read', { failureThreshold: 10, halfOpenMaxCalls: 3 });

    expect(registry.get('git.read').stats()).toMatchObject({ failureThreshold: 10, halfOpenMaxCalls: 3 });
    expect(registry.get('git.write').stats()).toMatchObject({ failureThreshold: 5, halfOpenMaxCalls: 1 });
  });

  describe('as an indicator of health', () => {
    it('is up while no circuit is open', () => {
      registry.get('git.read');

      expect(health.isHealthy()).toEqual({ breakers: { status: 'up' } });
    });

    it('is degraded while some are open, naming kinds and counting remotes', () => {
      registry.get('git.read');
      open('git.write');
      open('remote:down.example.org');

      expect(health.isHealthy()).toEqual({
        breakers: { status: 'degraded', open: ['git.write'], open_remotes: 1 },
      });
    });

    it('is down when every kind is open', () => {
      open('git.read');
      open('git.write');
      registry.get('remote:up.example.org');

      expect(health.isHealthy()).toMatchObject({ breakers: { status: 'down' } });
    });

    it('is only degraded by what an operator has switched off', () => {
      registry.isolate('git.write');

      expect(health.isHealthy()).toMatchObject({ breakers: { status: 'degraded' } });
    });
  });
});

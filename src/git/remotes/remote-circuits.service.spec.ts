import { beforeEach, describe, expect, it } from 'vitest';

import { ManualClock } from '../../../test/support/manual-clock.js';
import { GitConfig, ResilienceConfig } from '../../config/sections/index.js';
import { MetricsRegistry } from '../../observability/metrics.registry.js';
import { BreakerRegistry } from '../../resilience/breaker/breaker.registry.js';
import { ServerError } from '../../shared/errors/index.js';
import { RemoteCircuits } from './remote-circuits.service.js';

const remote = (protocol: 'https' | 'file', host = 'example.org') => ({
  url: 'https://example.org/x.git',
  host,
  access: { protocol },
  uploadPack: 'git-upload-pack',
  receivePack: 'git-receive-pack',
});

describe('The circuits of remotes', () => {
  let clock: ManualClock;
  let circuits: RemoteCircuits;

  beforeEach(() => {
    clock = new ManualClock();
    const breakers = new BreakerRegistry(new ResilienceConfig(), clock, new MetricsRegistry());
    circuits = new RemoteCircuits(breakers, new GitConfig(), clock);
  });

  async function failOften(where: ReturnType<typeof remote>, error: ServerError, tookMs = 0): Promise<void> {
    for (let call = 0; call < 10; call += 1) {
      const work = async () => {
        clock.advance(tookMs);
        throw error;
      };
      await circuits.run(where, work).catch(() => undefined);
    }
  }

  const answerOf = (where: ReturnType<typeof remote>) =>
    circuits.run(where, async () => 'answered').catch((error: ServerError) => error.code);
  const unreachable = new ServerError('temporary_resource_unavailable', 'Refused');
  const timeout = new ServerError('operation_timeout', 'Too late');

  it('open for a host that keeps failing, and for no other', async () => {
    await failOften(remote('https'), unreachable);

    expect(await answerOf(remote('https'))).toBe('circuit_open');
    expect(await answerOf(remote('https', 'example.com'))).toBe('answered');
  });

  it('have none for the repositories of this machine', async () => {
    await failOften(remote('file', 'local'), unreachable);

    expect(await answerOf(remote('file', 'local'))).toBe('answered');
  });

  it.each([
    [1, 'answered'],
    [30_000, 'circuit_open'],
  ])('hold %i ms of silence against a host: then it is %s', async (tookMs, then) => {
    await failOften(remote('https'), timeout, tookMs);

    expect(await answerOf(remote('https'))).toBe(then);
  });
});

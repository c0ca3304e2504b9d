import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { nearestName } from './nearest-name.js';

const KEYS = [
  'server.port',
  'server.host',
  'sessions.idleTimeout',
  'resilience.rateLimit.enabled',
  'log.level',
];

describe('nearestName', () => {
  it.each([
    ['server.prot', 'server.port'],
    ['sessions.idle_timeout', 'sessions.idleTimeout'],
    ['SERVER.HOST', 'server.host'],
    ['port', 'server.port'],
    ['resilience.ratelimit.enable', 'resilience.rateLimit.enabled'],
    ['log.levle', 'log.level'],
  ])('takes %s for %s', (written, meant) => {
    expect(nearestName(written, KEYS)).toBe(meant);
  });

  it('proposes nothing where nothing is near', () => {
    expect(nearestName('colour', KEYS)).toBeUndefined();
  });

  it('finds a name whatever single letter of it is missing', () => {
    const damaged = fc
      .constantFrom(...KEYS)
      .chain((key) => fc.tuple(fc.constant(key), fc.nat(key.length - 1)));
    fc.assert(
      fc.property(damaged, ([key, index]) => {
        const written = key.slice(0, index) + key.slice(index + 1);

        expect(nearestName(written, KEYS)).toBe(key);
      }),
    );
  });
});

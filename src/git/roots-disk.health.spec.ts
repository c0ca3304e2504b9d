import { tmpdir } from 'node:os';

import { HealthIndicatorService } from '@nestjs/terminus';
import { describe, expect, it } from 'vitest';

import { GitConfig, HealthConfig } from '../config/sections/index.js';
import { RootsDiskHealthIndicator } from './roots-disk.health.js';

const MISSING = '/nonexistent/root';

function check(roots: string[], minDiskFreeBytes = 1) {
  const git = Object.assign(new GitConfig(), { roots });
  const health = Object.assign(new HealthConfig(), { minDiskFreeBytes });
  return new RootsDiskHealthIndicator(new HealthIndicatorService(), git, health).isHealthy();
}

describe('RootsDiskHealthIndicator', () => {
  it.each([
    ['up where there is no root', [], 1, { status: 'up', roots: 0 }],
    ['up where commits fit', [tmpdir()], 1, { status: 'up', free_bytes: expect.any(Number) as number }],
    ['down where they may not', [tmpdir()], 2 ** 60, { status: 'down', min_free_bytes: 2 ** 60 }],
    [
      'degraded where one root of two is gone',
      [tmpdir(), MISSING],
      1,
      { status: 'degraded', unreachable: 1 },
    ],
    ['down where all roots are gone', [MISSING], 1, { status: 'down', unreachable: 1 }],
  ])('is %s', async (_, roots, minFree, expected) => {
    await expect(check(roots, minFree)).resolves.toMatchObject({ disk: expected });
  });
});

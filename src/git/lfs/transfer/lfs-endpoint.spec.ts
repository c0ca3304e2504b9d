import { describe, expect, it } from 'vitest';

import { lfsEndpoint } from './lfs-endpoint.js';

describe('lfsEndpoint', () => {
  it.each([
    ['https://example.org/team/app', 'https://example.org/team/app.git/info/lfs'],
    ['https://example.org/team/app.git', 'https://example.org/team/app.git/info/lfs'],
    ['https://example.org/team/app.git/', 'https://example.org/team/app.git/info/lfs'],
    ['http://[::1]:8080/app', 'http://[::1]:8080/app.git/info/lfs'],
  ])('of %s is %s', (remote, endpoint) => {
    expect(lfsEndpoint(remote)).toBe(endpoint);
  });
});

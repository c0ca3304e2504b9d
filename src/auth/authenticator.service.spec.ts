import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { AuthConfig } from '../config/sections/index.js';
import { type Principal, type Scope } from '../shared/principal.js';
import { ANONYMOUS, Authenticator } from './authenticator.service.js';

const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');

function setUp(tokens: { name: string; token: string; scopes?: Scope[]; expires?: string }[], nowMs = 0) {
  const clock = { now: nowMs, nowMs: () => clock.now, monotonicMs: () => 0 };
  const config = Object.assign(new AuthConfig(), {
    mode: 'token',
    tokens: tokens.map(({ name, token, scopes = [], expires }) => ({
      name,
      sha256: sha256(token),
      scopes,
      ...(expires !== undefined && { expires }),
    })),
  });
  return { auth: new Authenticator(config, clock), clock };
}

/** Configured tokens are known at once: a client may send what follows `initialize` without waiting. */
function known(auth: Authenticator, token: string): Principal {
  const principal = auth.authenticate(token);
  if (principal instanceof Promise) throw new Error('a configured token needs nobody to be asked');
  return principal;
}

describe('Authenticator', () => {
  it('knows the principal behind a token, with its scopes', () => {
    const { auth } = setUp([{ name: 'ci', token: 's3cret', scopes: ['git:read'] }]);

    const principal = known(auth, 's3cret');

    expect(principal.name).toBe('ci');
    expect([...principal.scopes]).toEqual(['git:read']);
  });

  it('hands out one frozen principal per token', () => {
    const { auth } = setUp([{ name: 'ci', token: 's3cret' }]);

    expect(known(auth, 's3cret')).toBe(known(auth, 's3cret'));
    expect(Object.isFrozen(known(auth, 's3cret'))).toBe(true);
  });

  it('finds each of several tokens', () => {
    const { auth } = setUp([
      { name: 'one', token: '1' },
      { name: 'two', token: '2' },
      { name: 'three', token: '3' },
    ]);

    expect(['1', '2', '3'].map((token) => known(auth, token).name)).toEqual(['one', 'two', 'three']);
  });

  it.each(['', 's3cre', 's3cret ', 'S3CRET', sha256('s3cret')])('refuses "%s"', (token) => {
    const { auth } = setUp([{ name: 'ci', token: 's3cret' }]);

    expect(() => auth.authenticate(token)).toThrow(
      expect.objectContaining({ code: 'authentication_failed' }),
    );
  });

  it('refuses a token from the moment it expires, and says so of its principal', () => {
    const { auth, clock } = setUp([{ name: 'ci', token: 't', expires: '1970-01-01T00:00:10Z' }]);
    clock.now = 9_999;
    const principal = known(auth, 't');
    expect(auth.valid(principal)).toBe(true);

    clock.now = 10_000;

    expect(() => auth.authenticate('t')).toThrow(expect.objectContaining({ code: 'authentication_failed' }));
    expect(auth.valid(principal)).toBe(false);
  });

  it('lets everyone in as anonymous with all scopes where no token is required', () => {
    const auth = new Authenticator(new AuthConfig(), { nowMs: () => 0, monotonicMs: () => 0 });

    expect(auth.authenticate('anything')).toBe(ANONYMOUS);
    expect(auth.required).toBe(false);
    expect(ANONYMOUS.scopes.size).toBe(4);
  });
});

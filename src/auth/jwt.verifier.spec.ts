import { Logger } from '@nestjs/common';
import { SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ManualClock } from '../../test/support/manual-clock.js';
import { TokenIssuer, type TokenOptions } from '../../test/support/token-issuer.js';
import { type JwtConfig } from '../config/sections/index.js';
import { Authenticator } from './authenticator.service.js';

const NOW_S = 1_700_000_000;
const HOUR_S = 3_600;

describe('Tokens of an authorization server', () => {
  let issuer: TokenIssuer;
  let clock: ManualClock;
  let auth: Authenticator;

  const setUp = (jwt?: Partial<JwtConfig>) => new Authenticator(issuer.config(jwt), clock);
  const sign = (options: TokenOptions = {}) => issuer.sign({ expiresAt: NOW_S + HOUR_S, ...options });
  const verify = async (token: string) => await auth.authenticate(token);
  const refused = { code: 'authentication_failed' };

  beforeEach(async () => {
    Logger.overrideLogger(false);
    issuer = await TokenIssuer.start();
    clock = new ManualClock();
    clock.advance(NOW_S * 1_000 - clock.nowMs());
    auth = setUp();
  });

  afterEach(async () => {
    await issuer.stop();
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  it('belong to their subject, with those of their scopes that are ours', async () => {
    const principal = await verify(await sign({ subject: 'ada', scope: 'openid git:read git:network' }));

    expect(principal).toMatchObject({ name: 'ada', issuer: issuer.url });
    expect([...principal.scopes]).toEqual(['git:read', 'git:network']);
  });

  it.each([
    ['a list in scp', {}, { scp: ['git:write'] }],
    ['a text in scp', {}, { scp: 'git:write' }],
    [
      'the claim that is configured',
      { scopeClaim: 'permissions' },
      { permissions: ['git:write'], scope: 'admin' },
    ],
  ])('have their scopes in %s', async (_, jwt, claims) => {
    auth = setUp(jwt);

    const principal = await verify(await sign({ claims }));

    expect([...principal.scopes]).toEqual(['git:write']);
  });

  it('are verified once and remembered until they expire', async () => {
    const token = await sign();
    const first = await verify(token);
    await issuer.stop();

    expect(auth.authenticate(token)).toBe(first);

    clock.advance(HOUR_S * 1_000 + 5_000);
    expect(auth.valid(first)).toBe(false);
    await expect(verify(token)).rejects.toMatchObject(refused);
  });

  it.each<[string, TokenOptions]>([
    ['another issuer', { issuer: 'https://other.example.org' }],
    ['another audience', { audience: 'https://other.example.org' }],
    ['a key that the issuer does not have', { kid: 'other' }],
    ['an end in the past', { expiresAt: NOW_S - 6 }],
    ['a beginning in the future', { claims: { nbf: NOW_S + 60 } }],
    ['no subject', { subject: '' }],
  ])('are refused with %s', async (_, options) => {
    await expect(verify(await sign(options))).rejects.toMatchObject(refused);
  });

  it('are refused without an end', async () => {
    await expect(verify(await issuer.sign())).rejects.toMatchObject(refused);
  });

  it('may be late by the tolerance of clocks', async () => {
    await expect(verify(await sign({ expiresAt: NOW_S - 4 }))).resolves.toMatchObject({ name: 'ada' });
  });

  it('are refused when signed by nobody, or with the public key as a secret', async () => {
    const unsigned = new UnsecuredJWT({ sub: 'ada' }).setIssuer(issuer.url).encode();
    const secret = new TextEncoder().encode(JSON.stringify(issuer.publicKey));
    const confused = await new SignJWT({ sub: 'ada' }).setProtectedHeader({ alg: 'HS256' }).sign(secret);

    await expect(verify(unsigned)).rejects.toMatchObject(refused);
    await expect(verify(confused)).rejects.toMatchObject(refused);
    expect(issuer.fetches).toBe(0);
  });

  it('are refused when signed with an algorithm that is not accepted', async () => {
    auth = setUp({ algorithms: ['RS256'] });

    await expect(verify(await sign())).rejects.toMatchObject(refused);
  });

  it.each(['', 'x', 'a.b.c', '..', 'x'.repeat(10_000)])(
    'are refused when they are none: %.10s',
    async (token) => {
      await expect(verify(token)).rejects.toMatchObject(refused);
    },
  );

  it('are refused when changed after signing', async () => {
    const [head, , signature] = (await sign()).split('.');
    const [, body] = (await sign({ scope: 'admin' })).split('.');

    await expect(verify([head, body, signature].join('.'))).rejects.toMatchObject(refused);
  });

  it('are accepted with a new key, after the cooldown, and no longer with the old one', async () => {
    auth = setUp({ cooldown: 0 });
    await verify(await sign());
    const late = await sign({ subject: 'late' });

    await issuer.rotate();

    await expect(verify(await sign({ subject: 'eve' }))).resolves.toMatchObject({ name: 'eve' });
    await expect(verify(late)).rejects.toMatchObject(refused);
  });

  it('with unknown keys do not make the server ask the issuer again and again', async () => {
    await verify(await sign());

    for (const kid of ['a', 'b', 'c']) await verify(await sign({ kid })).catch(() => undefined);

    expect(issuer.fetches).toBe(1);
  });

  it.each([
    ['answers with an error', (down: TokenIssuer) => Promise.resolve(void (down.status = 500))],
    ['cannot be reached', (down: TokenIssuer) => down.stop()],
  ])('cannot be checked while the issuer %s, which is no verdict on them', async (_, goDown) => {
    const token = await sign();
    await goDown(issuer);

    await expect(verify(token)).rejects.toMatchObject({
      code: 'temporary_resource_unavailable',
      retryAfterMs: expect.any(Number) as unknown,
    });
  });
});

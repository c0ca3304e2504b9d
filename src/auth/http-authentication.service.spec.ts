import { createHash } from 'node:crypto';

import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TokenIssuer } from '../../test/support/token-issuer.js';
import { AuthConfig } from '../config/sections/index.js';
import { systemClock } from '../shared/clock.js';
import { ANONYMOUS, Authenticator } from './authenticator.service.js';
import { type HttpCaller, HttpAuthentication } from './http-authentication.service.js';
import { ProtectedResource } from './protected-resource.service.js';

const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');

function authenticationOf(config: AuthConfig): HttpAuthentication {
  return new HttpAuthentication(
    new Authenticator(config, systemClock),
    new ProtectedResource(config),
    systemClock,
  );
}

function admitted(answer: HttpCaller | Response): HttpCaller {
  if (answer instanceof Response) throw new Error(`refused with ${answer.status}`);
  return answer;
}

function refused(answer: HttpCaller | Response): Response {
  if (answer instanceof Response) return answer;
  throw new Error('was let in');
}

describe('Bearer tokens over HTTP', () => {
  beforeEach(() => Logger.overrideLogger(false));
  afterEach(() => Logger.overrideLogger(['log', 'warn', 'error']));

  it('are not asked for where everyone may call', async () => {
    const authentication = authenticationOf(new AuthConfig());

    const caller = admitted(await authentication.authenticate('Bearer anything'));

    expect(caller).toEqual({ principal: ANONYMOUS, authInfo: undefined });
    expect(authentication.principalOf(undefined)).toBe(ANONYMOUS);
  });

  it('of the configuration need no end, and name their caller in what the SDK hands on', async () => {
    const tokens = [{ name: 'ci', sha256: sha256('s3cret'), scopes: ['git:read' as const] }];
    const authentication = authenticationOf(
      Object.assign(new AuthConfig(), { mode: 'token' as const, tokens }),
    );

    const { principal, authInfo } = admitted(await authentication.authenticate('Bearer s3cret'));

    expect(principal.name).toBe('ci');
    expect(authInfo).toMatchObject({ clientId: 'ci', scopes: ['git:read'] });
    expect(authentication.principalOf(authInfo)).toBe(principal);
  });

  it.each([undefined, '', 'Bearer', 'Bearer wrong', 'Basic czNjcmV0', 's3cret'])(
    'are answered with a challenge where the header is %o',
    async (header) => {
      const tokens = [{ name: 'ci', sha256: sha256('s3cret'), scopes: [] }];
      const authentication = authenticationOf(
        Object.assign(new AuthConfig(), { mode: 'token' as const, tokens }),
      );

      const { status, headers } = refused(await authentication.authenticate(header));

      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token", .*scope="git:read"$/);
    },
  );

  it('cannot be made up by whoever fills in what the SDK hands on', () => {
    const authentication = authenticationOf(Object.assign(new AuthConfig(), { mode: 'token' as const }));
    const forged = { token: 't', clientId: 'ci', scopes: [], extra: { principal: { ...ANONYMOUS } } };

    expect(() => authentication.principalOf(forged)).toThrow(
      expect.objectContaining({ code: 'authentication_failed' }),
    );
    expect(() => authentication.principalOf(undefined)).toThrow(
      expect.objectContaining({ code: 'authentication_failed' }),
    );
  });

  it('are answered with 503 and a time to try again where the keys cannot be fetched', async () => {
    const issuer = await TokenIssuer.start();
    const authentication = authenticationOf(issuer.config());
    const token = await issuer.sign({ expiresAt: Math.floor(Date.now() / 1_000) + 60 });
    await issuer.stop();

    const { status, headers } = refused(await authentication.authenticate(`Bearer ${token}`));

    expect(status).toBe(503);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

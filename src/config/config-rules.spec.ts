import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { AppConfig } from './app.config.js';
import { brokenRules, isLoopback, ruleWarnings } from './config-rules.js';

const token = (name: string, digit: string) => ({
  name,
  sha256: digit.repeat(64),
  scopes: ['git:read' as const],
});

function jwtConfig(): AppConfig {
  const config = new AppConfig();
  config.auth.mode = 'jwt';
  Object.assign(config.auth.jwt, {
    issuer: 'https://issuer.example.org',
    audience: 'https://git.example.org/mcp',
    jwksUri: 'https://issuer.example.org/keys',
  });
  return config;
}

describe('brokenRules', () => {
  const sources = new Map([['server.host', 'MCP_GIT_HOST']]);

  it('finds nothing in the defaults', () => {
    expect(brokenRules(new AppConfig(), sources)).toEqual([]);
  });

  it.each(['localhost:6379', 'http://127.0.0.1', ''])('refuses %o as the address of Redis', (url) => {
    const config = new AppConfig();
    config.sessions.store.url = url;
    expect(brokenRules(config, sources)).toEqual([]);

    config.sessions.store.kind = 'redis';

    expect(brokenRules(config, sources)).toMatchObject([{ key: 'sessions.store.url', value: url }]);
  });

  it('does not repeat the credentials in an address', () => {
    const config = new AppConfig();
    Object.assign(config.sessions.store, { kind: 'redis', url: 'http://me:secret@host' });

    expect(brokenRules(config, sources)).toMatchObject([{ value: 'http://[hidden]@host' }]);
  });

  it('refuses an open address without tokens and says how to make one', () => {
    const config = new AppConfig();
    config.server.host = '0.0.0.0';

    expect(brokenRules(config, sources)).toMatchObject([
      {
        key: 'server.host',
        value: '0.0.0.0',
        source: 'MCP_GIT_HOST',
        problem: expect.stringContaining('sha256sum'),
      },
    ]);
  });

  it('accepts an open address where anonymous callers are allowed, with a warning', () => {
    const config = new AppConfig();
    config.server.host = '0.0.0.0';
    config.auth.allowAnonymous = true;

    expect(brokenRules(config, sources)).toEqual([]);
    expect(ruleWarnings(config)).toEqual([expect.stringContaining('auth.allowAnonymous')]);
  });

  it('accepts an open address with a token', () => {
    const config = new AppConfig();
    config.server.host = '::';
    config.auth.mode = 'token';
    config.auth.tokens = [token('me', 'a')];

    expect(brokenRules(config, sources)).toEqual([]);
  });

  it('refuses the mode token without a token', () => {
    const config = new AppConfig();
    config.auth.mode = 'token';

    expect(brokenRules(config, sources)).toMatchObject([
      { key: 'auth.mode', problem: expect.stringContaining('openssl') },
    ]);
  });

  it('refuses the digest of an empty text, which a forgotten variable makes', () => {
    const config = new AppConfig();
    config.auth.tokens = [{ ...token('me', 'a'), sha256: createHash('sha256').update('').digest('hex') }];

    expect(brokenRules(config, sources)).toMatchObject([{ key: 'auth.tokens[0].sha256' }]);
  });

  it('refuses one digest for two callers', () => {
    const config = new AppConfig();
    config.auth.tokens = [token('me', 'a'), token('you', 'a')];

    expect(brokenRules(config, sources)).toMatchObject([{ key: 'auth.tokens[1].sha256' }]);
  });

  it('asks for what the mode jwt needs, setting by setting', () => {
    const config = new AppConfig();
    config.auth.mode = 'jwt';

    expect(brokenRules(config, sources).map(({ key }) => key)).toEqual([
      'auth.jwt.issuer',
      'auth.jwt.audience',
      'auth.jwt.jwksUri',
    ]);
  });

  it.each([
    ['an issuer over http', { issuer: 'http://issuer.example.org' }, 'auth.jwt.issuer'],
    ['keys over http', { jwksUri: 'http://issuer.example.org/keys' }, 'auth.jwt.jwksUri'],
    ['keys at no URL', { jwksUri: 'issuer.example.org/keys' }, 'auth.jwt.jwksUri'],
    ['an audience that is no URL, and no resource', { audience: 'mcp-git' }, 'auth.jwt.resource'],
    ['no algorithm', { algorithms: [] }, 'auth.jwt.algorithms'],
    ['signatures by nobody', { algorithms: ['none'] }, 'auth.jwt.algorithms'],
    ['signatures with a shared secret', { algorithms: ['ES256', 'HS256'] }, 'auth.jwt.algorithms'],
  ])('refuses %s where the mode is jwt', (_, jwt, key) => {
    const config = jwtConfig();
    Object.assign(config.auth.jwt, jwt);

    expect(brokenRules(config, sources)).toMatchObject([{ key }]);
  });

  it.each([
    ['https', {}],
    ['an issuer on this machine', { issuer: 'http://127.0.0.1:9', jwksUri: 'http://localhost:9/keys' }],
    ['http where it is allowed', { issuer: 'http://issuer.example.org', allowInsecureIssuer: true }],
    [
      'a name as audience with the URL beside it',
      { audience: 'mcp', resource: 'https://git.example.org/mcp' },
    ],
  ])('accepts %s where the mode is jwt', (_, jwt) => {
    const config = jwtConfig();
    Object.assign(config.auth.jwt, jwt);

    expect(brokenRules(config, sources)).toEqual([]);
  });

  it('refuses a toolset that there is not, and names the nearest', () => {
    const config = new AppConfig();
    config.tools.toolsets = ['inspect', 'remotes'];

    expect(brokenRules(config, sources)).toMatchObject([
      { key: 'tools.toolsets', value: 'remotes', problem: expect.stringContaining('did you mean remote?') },
    ]);
  });

  it('refuses a first wait that is longer than the longest', () => {
    const config = new AppConfig();
    config.resilience.retry.baseDelay = 6_000;

    expect(brokenRules(config, sources)).toMatchObject([{ key: 'resilience.retry.baseDelay' }]);
  });
});

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.9.9.9', 'localhost', 'LOCALHOST', '::1', '[::1]', '::ffff:127.0.0.1'])(
    'knows %s',
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  it.each([
    '0.0.0.0',
    '::',
    '',
    '10.0.0.1',
    '127.example.org',
    '127.0.0.1.example.org',
    'localhost.example.org',
    '::ffff:10.0.0.1',
  ])('is not deceived by %j', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

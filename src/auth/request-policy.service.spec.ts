import { describe, expect, it } from 'vitest';

import { GatewayConfig, ServerConfig } from '../config/sections/index.js';
import { RequestPolicy } from './request-policy.service.js';

function policy(gateway: Partial<GatewayConfig> = {}, server: Partial<ServerConfig> = {}) {
  return new RequestPolicy(
    Object.assign(new GatewayConfig(), gateway),
    Object.assign(new ServerConfig(), server),
  );
}

describe('RequestPolicy', () => {
  it.each(['localhost', 'LOCALHOST:8080', '127.0.0.1:1', '[::1]', '[::1]:8080'])(
    'serves the loopback name %s',
    (host) => {
      expect(policy().allowsHost(host)).toBe(true);
    },
  );

  it.each([undefined, '', 'evil.example', 'localhost.evil.example', 'localhost:8080:1', '127.0.0.1.nip.io'])(
    'refuses the host %s',
    (host) => {
      expect(policy().allowsHost(host)).toBe(false);
    },
  );

  it('binds a listed host with a port to that port', () => {
    const listed = policy({ allowedHosts: ['git.example:8443'] });

    expect(listed.allowsHost('git.example:8443')).toBe(true);
    expect(listed.allowsHost('git.example')).toBe(false);
    expect(listed.allowsHost('git.example:80')).toBe(false);
  });

  it('adds loopback names to the list only when listening on loopback', () => {
    expect(policy({ allowedHosts: ['a.example'] }).allowsHost('localhost')).toBe(true);
    expect(policy({ allowedHosts: ['a.example'] }, { host: '0.0.0.0' }).allowsHost('localhost')).toBe(false);
  });

  it.each([
    undefined,
    'http://localhost',
    'http://localhost:3000',
    'https://127.0.0.1:8443',
    'http://[::1]:5173',
  ])('serves the origin %s', (origin) => {
    expect(policy().allowsOrigin(origin)).toBe(true);
  });

  it.each([
    'null',
    '',
    'https://evil.example',
    'http://localhost.evil.example',
    'file://',
    'http://localhost/',
  ])('refuses the origin "%s"', (origin) => {
    expect(policy().allowsOrigin(origin)).toBe(false);
  });
});

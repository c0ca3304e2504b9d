import { describe, expect, it } from 'vitest';

import { readEnvironment } from './environment.source.js';

const rawOf = (environment: Record<string, string>) =>
  Object.fromEntries(
    readEnvironment(environment, '/').assignments.map(({ setting, raw }) => [setting.key, raw]),
  );

describe('readEnvironment', () => {
  it.each([
    ['MCP_GIT_PORT', '81', 'server.port', 81],
    ['MCP_GIT_HOST', 'localhost', 'server.host', 'localhost'],
    ['MCP_GIT_LOG_LEVEL', 'debug', 'log.level', 'debug'],
    ['MCP_GIT_SESSION_TIMEOUT', '3600', 'sessions.idleTimeout', '3600'],
    ['MCP_GIT_HEARTBEAT_INTERVAL', '30', 'heartbeat.interval', '30'],
    ['MCP_GIT_MAX_CONCURRENT_SESSIONS', '1000', 'sessions.max', 1000],
    ['MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED', 'false', 'resilience.rateLimit.enabled', false],
    ['MCP_GIT_REPOSITORY', '/a', 'git.roots', ['/a']],
    ['MCP_GIT_ROOTS', '/a:/b', 'git.roots', ['/a', '/b']],
    ['MCP_GIT_GIT_ROOTS', '["/a:b"]', 'git.roots', ['/a:b']],
  ])('takes %s=%s for %s', (name, text, key, value) => {
    expect(rawOf({ [name]: text })).toEqual({ [key]: value });
  });

  it('joins MCP_GIT_REPOSITORY and MCP_GIT_ROOTS, each path once', () => {
    expect(rawOf({ MCP_GIT_REPOSITORY: '/c', MCP_GIT_ROOTS: '/a:/c' })['git.roots']).toEqual(['/c', '/a']);
  });

  it('does not separate addresses at the colons that belong to them', () => {
    const environment = {
      MCP_GIT_GATEWAY_ALLOWED_ORIGINS: 'https://a.example:8443:http://[::1]:3000:https://b.example',
      MCP_GIT_GATEWAY_ALLOWED_HOSTS: 'a.example:[::1]:b.example:8080:127.0.0.1',
    };

    expect(rawOf(environment)).toEqual({
      'gateway.allowedOrigins': ['https://a.example:8443', 'http://[::1]:3000', 'https://b.example'],
      'gateway.allowedHosts': ['a.example', '[::1]', 'b.example:8080', '127.0.0.1'],
    });
  });

  it('counts an empty variable as not set', () => {
    expect(readEnvironment({ MCP_GIT_PORT: '', MCP_GIT_NONSENSE: '' }, '/')).toEqual({
      assignments: [],
      faults: [],
      warnings: [],
    });
  });

  it('warns of a variable it does not know and names the nearest', () => {
    expect(readEnvironment({ MCP_GIT_LOG_LEVLE: 'debug', PATH: '/bin' }, '/').warnings).toEqual([
      'the variable MCP_GIT_LOG_LEVLE is not known and has no effect; did you mean MCP_GIT_LOG_LEVEL?',
    ]);
  });

  it('ignores what Kubernetes injects for a service of the same name, with one warning', () => {
    const { assignments, warnings } = readEnvironment(
      {
        MCP_GIT_PORT: 'tcp://10.0.0.1:8080',
        MCP_GIT_SERVICE_HOST: '10.0.0.1',
        MCP_GIT_SERVICE_PORT: '8080',
        MCP_GIT_SERVICE_PORT_HTTP: '8080',
        MCP_GIT_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
        MCP_GIT_PORT_8080_TCP_PROTO: 'tcp',
      },
      '/',
    );

    expect(assignments).toEqual([]);
    expect(warnings).toEqual([
      expect.stringContaining('MCP_GIT_PORT holds the address of a Kubernetes service'),
    ]);
  });

  it('ignores the address of a Kubernetes service called mcp-git-server as well', () => {
    expect(rawOf({ MCP_GIT_SERVER_PORT: 'tcp://10.0.0.1:8080' })).toEqual({});
  });

  it('says which of two variables counts', () => {
    const { assignments, warnings } = readEnvironment({ MCP_GIT_PORT: '1', MCP_GIT_SERVER_PORT: '2' }, '/');

    expect(assignments).toMatchObject([{ raw: 2, source: 'MCP_GIT_SERVER_PORT' }]);
    expect(warnings).toEqual([
      'MCP_GIT_SERVER_PORT and MCP_GIT_PORT set the same; MCP_GIT_SERVER_PORT counts',
    ]);
  });
});

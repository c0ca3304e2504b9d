import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { loadConfig } from '../../src/config/load-config.js';
import { listSettings } from '../../src/config/settings.js';

const root = join(import.meta.dirname, '../..');
const DIGEST = 'a'.repeat(64);

describe('what is written from the settings in the code', () => {
  it('is up to date: config/default.yaml, config/schema.json, the tables of the documents', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/write-docs.mjs', '--check'], {
      cwd: root,
      encoding: 'utf8',
    });

    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('documents every setting', () => {
    const text = readFileSync(join(root, 'docs/configuration.md'), 'utf8');

    for (const { key, variable } of listSettings()) {
      expect(text).toContain(`\`${key}\``);
      expect(text).toContain(`\`${variable}\``);
    }
  });
});

describe('the presets', () => {
  it('are the defaults of the code where none is chosen', () => {
    const withFile = loadConfig({ environment: {} }).config;
    const builtIn = loadConfig({ environment: {}, presetsFolder: '/nowhere' }).config;

    expect(withFile).toEqual(builtIn);
  });

  it('refuse a production server without a token', () => {
    expect(() => loadConfig({ environment: {}, profile: 'production' })).toThrow('auth.tokens');
  });

  it.each(['development', 'production', 'aggressive-cleanup', 'tolerant-heartbeat', 'lenient-breakers'])(
    'include %s, each value of which differs from the default',
    (profile) => {
      const tokens = JSON.stringify([{ name: 'me', sha256: DIGEST, scopes: ['git:read'] }]);
      const { config, sources, warnings } = loadConfig({
        environment: { MCP_GIT_AUTH_TOKENS: tokens },
        profile,
      });
      const set = [...sources].filter(([, source]) => source.startsWith(`config/${profile}.yaml`));
      const repeated = set.filter(([key]) => {
        const { defaultValue } = listSettings().find((setting) => setting.key === key) ?? {};
        const value = key
          .split('.')
          .reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], config);
        return value === defaultValue;
      });

      expect(set.length).toBeGreaterThan(0);
      expect(repeated).toEqual([]);
      expect(warnings).toEqual([]);
    },
  );
});

describe('compose.yaml', () => {
  it('sets tokens that the server takes once the digest is filled in', () => {
    const { services } = parse(readFileSync(join(root, 'compose.yaml'), 'utf8')) as {
      services: Record<string, { environment: Record<string, string> }>;
    };
    const { MCP_GIT_AUTH_TOKENS = '' } = services['mcp-git-server']?.environment ?? {};
    const filledIn = MCP_GIT_AUTH_TOKENS.replace(/\$\{MCP_GIT_TOKEN_SHA256:[^}]*\}/, DIGEST);

    const { config } = loadConfig({
      environment: { MCP_GIT_HOST: '0.0.0.0', MCP_GIT_AUTH_MODE: 'token', MCP_GIT_AUTH_TOKENS: filledIn },
    });

    expect(config.auth.tokens).toMatchObject([
      { name: 'compose', sha256: DIGEST, scopes: ['git:read', 'git:write'] },
    ]);
  });

  it('keeps sessions where a read-only container may write, and a new one finds them', () => {
    const { services, volumes } = parse(readFileSync(join(root, 'compose.yaml'), 'utf8')) as {
      services: Record<
        string,
        { environment: Record<string, string>; volumes: string[]; read_only: boolean }
      >;
      volumes: Record<string, null>;
    };
    const service = services['mcp-git-server'];
    const path = service?.environment['MCP_GIT_SESSIONS_STORE_PATH'] ?? '';

    const mounted = service?.volumes
      .map((one) => one.split(':'))
      .find(([, place = '']) => path.startsWith(`${place}/`));

    expect(service?.read_only).toBe(true);
    expect(Object.keys(volumes)).toContain(mounted?.[0]);
    expect(readFileSync(join(root, 'Dockerfile'), 'utf8')).toContain(`mkdir --mode=1777 ${mounted?.[1]}`);
  });
});

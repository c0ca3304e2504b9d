import { isDeepStrictEqual } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';

import { TemporaryFolder } from '../../test/support/temporary-folder.js';
import { configSchema } from './config-schema.js';
import { renderDefaultYaml, renderEffectiveYaml } from './config-yaml.js';
import { loadConfig } from './load-config.js';
import { problemsOf } from './setting-check.js';
import { toWritten } from './setting-value.js';
import { listSettings, type Setting } from './settings.js';

/** Lists that accept nothing but certain names. */
const NAMES: Record<string, string[]> = {
  'tools.toolsets': ['inspect'],
  'git.remote.protocols': ['https'],
};

/** A right value other than the default, as a file writes it. */
function another({ key, info, defaultValue }: Setting): unknown {
  switch (info.kind) {
    case 'flag':
      return defaultValue !== true;
    case 'choice':
      return info.choices?.find((choice) => choice !== defaultValue);
    case 'text':
      return key.endsWith('email') ? 'someone@example.org' : 'something-else';
    case 'list':
      return NAMES[key] ?? ['/one', '/two'];
    case 'records':
      if (key === 'git.credentials') return [{ host: 'example.org', secretFile: '/run/secret' }];
      return [{ name: 'me', sha256: 'b'.repeat(64), scopes: ['git:read'] }];
    case 'ratio':
      return 0.5;
    default:
      return toWritten(info, defaultValue === info.max ? Number(defaultValue) - 1 : Number(defaultValue) + 1);
  }
}

function wrongValues({ info }: Setting): unknown[] {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = info;
  switch (info.kind) {
    case 'flag':
      return ['maybe', 2, []];
    case 'choice':
      return ['none of them', 1, []];
    case 'text':
      return [1, true, []];
    case 'list':
      return [1, [1], ['/a', '/a'], { a: 1 }];
    case 'records':
      return ['text', ['text'], [{ name: 'me' }]];
    case 'ratio':
      return [-0.1, 1.1, 'half'];
    case 'count':
      return [min - 1, max + 1, 1.5, 'many', [1]];
    default:
      return [-1, '-1', `${max + 1}${info.kind === 'duration' ? 'ms' : 'B'}`, 'long', true, [1], {}];
  }
}

const nested = (key: string, value: unknown): unknown =>
  key.split('.').reduceRight((inner, name) => ({ [name]: inner }), value);

const valueOf = (config: object, key: string) =>
  key.split('.').reduce<unknown>((section, name) => (section as Record<string, unknown>)[name], config);

// One setting alone may break a rule between settings; here it is the reading that counts.
const company = (key: string): Record<string, string> => {
  const token = JSON.stringify([{ name: 'me', sha256: 'c'.repeat(64), scopes: [] }]);
  if (key === 'auth.mode') return { MCP_GIT_AUTH_TOKENS: token };
  if (key === 'git.signing.policy') return { MCP_GIT_GIT_SIGNING_KEY: '/run/signing-key' };
  if (key === 'git.trustedRoots') return { MCP_GIT_ROOTS: '/one:/two' };
  return key === 'server.host' ? { MCP_GIT_AUTH_ALLOW_ANONYMOUS: 'true' } : {};
};

const settings = listSettings().map((setting): [string, Setting] => [setting.key, setting]);

describe('every setting', () => {
  let folder: TemporaryFolder;

  beforeAll(() => {
    folder = new TemporaryFolder();
  });

  afterAll(() => folder.remove());

  const loadFile = (key: string, value: unknown) =>
    loadConfig({ environment: {}, file: folder.write('own.yaml', stringify(nested(key, value))) }).config;

  it.each(settings)('%s starts with a value that its own validators accept', (_, setting) => {
    expect(problemsOf(setting, setting.defaultValue)).toEqual([]);
  });

  it.each(settings)('%s is reachable by its variable', (key, setting) => {
    const value = another(setting);
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);

    const { config, sources } = loadConfig({ environment: { ...company(key), [setting.variable]: text } });

    expect(toWritten(setting.info, valueOf(config, key))).toEqual(value);
    expect(sources.get(key)).toBe(setting.variable);
  });

  it.each(settings)('%s is reachable by a file', (key, setting) => {
    const value = another(setting);
    const file = folder.write('own.yaml', stringify(nested(key, value)));

    const { config } = loadConfig({ environment: company(key), file });

    expect(toWritten(setting.info, valueOf(config, key))).toEqual(value);
  });

  it.each(settings)('%s refuses what is wrong, once for each wrong value', (key, setting) => {
    const outcomes = [...wrongValues(setting), null].map((value) => {
      try {
        loadFile(key, value);
        return `${JSON.stringify(value)} was accepted`;
      } catch (error) {
        return (error as Error).name;
      }
    });

    expect(new Set(outcomes)).toEqual(new Set(['ConfigFaults']));
  });

  it('has a variable that no other setting has', () => {
    const variables = listSettings().flatMap(({ variable, shortVariables }) => [variable, ...shortVariables]);

    expect(new Set(variables).size).toBe(variables.length);
  });

  it('is printed with its source and read back as the same configuration', () => {
    const environment = {
      MCP_GIT_ROOTS: '/a:/b',
      MCP_GIT_SESSION_TIMEOUT: '90',
      MCP_GIT_GIT_MAX_OUTPUT_BYTES: '4096',
    };
    const loaded = loadConfig({ environment });

    const printed = renderEffectiveYaml(loaded);

    expect(printed).toContain('idleTimeout: 90s # MCP_GIT_SESSION_TIMEOUT');
    expect(loadConfig({ environment: {}, file: folder.write('printed.yaml', printed) }).config).toEqual(
      loaded.config,
    );
  });

  it('keeps digests to itself when printed', () => {
    const tokens = JSON.stringify([{ name: 'me', sha256: 'd'.repeat(64), scopes: ['admin'] }]);

    const printed = renderEffectiveYaml(loadConfig({ environment: { MCP_GIT_AUTH_TOKENS: tokens } }));

    expect(printed).toContain('name: me');
    expect(printed).not.toContain('dddd');
  });

  it('has its default in the file of defaults', () => {
    const written = parse(renderDefaultYaml()) as object;

    const other = settings.filter(
      ([key, { info, defaultValue }]) =>
        !isDeepStrictEqual(valueOf(written, key), toWritten(info, defaultValue)),
    );
    expect(other.map(([key]) => key)).toEqual([]);
  });

  it('has a schema with its description and its default', () => {
    const schema = configSchema();

    const described = settings.filter(([key, { info, defaultValue }]) => {
      const path = key.split('.').flatMap((name) => ['properties', name]);
      const found = path.reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], schema);
      const { description, default: written } = found as { description: string; default: unknown };
      return (
        description.includes(info.description) && isDeepStrictEqual(written, toWritten(info, defaultValue))
      );
    });
    expect(described.map(([key]) => key)).toEqual(settings.map(([key]) => key));
  });
});

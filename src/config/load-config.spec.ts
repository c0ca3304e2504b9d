import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TemporaryFolder } from '../../test/support/temporary-folder.js';
import { ConfigFaults } from './config-fault.js';
import { type ConfigRequest, loadConfig } from './load-config.js';

const DIGEST = 'a'.repeat(64);

describe('loadConfig', () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = new TemporaryFolder();
  });

  afterEach(() => folder.remove());

  // An empty folder of presets keeps the repository's own files out of the tests.
  const load = (request: Partial<ConfigRequest>) =>
    loadConfig({ environment: {}, presetsFolder: folder.path, ...request });

  const faultsOf = (request: Partial<ConfigRequest>) => {
    try {
      load(request);
    } catch (error) {
      if (error instanceof ConfigFaults) return error.faults;
      throw error;
    }
    throw new Error('the configuration was accepted');
  };

  it('uses the built-in defaults where nothing is said', () => {
    const { config, sources, warnings } = load({});

    expect(config.server.port).toBe(8080);
    expect(sources.get('server.port')).toBe('default');
    expect(warnings).toEqual([]);
  });

  it('lets flags win over variables, variables over the file, the file over the profile, the profile over the defaults', () => {
    folder.write(
      'default.yaml',
      'heartbeat: {interval: 1s, missedThreshold: 1}\nsessions: {max: 1, evictBatch: 1}\nlog: {level: trace}',
    );
    folder.write(
      'busy.yaml',
      'heartbeat: {missedThreshold: 2}\nsessions: {max: 2, evictBatch: 2}\nlog: {level: debug}',
    );
    const file = folder.write('own.yaml', 'sessions: {max: 3, evictBatch: 3}\nlog: {level: info}');
    const environment = {
      MCP_GIT_PROFILE: 'busy',
      MCP_GIT_SESSIONS_EVICT_BATCH: '4',
      MCP_GIT_LOG_LEVEL: 'warn',
    };

    const { config, sources } = load({
      file,
      environment,
      flags: [{ flag: '--set', key: 'log.level', value: 'error' }],
    });

    expect(config.heartbeat.interval).toBe(1_000);
    expect(config.heartbeat.missedThreshold).toBe(2);
    expect(config.sessions.max).toBe(3);
    expect(config.sessions.evictBatch).toBe(4);
    expect(config.log.level).toBe('error');
    expect(sources.get('sessions.max')).toBe(`${file}:1:17`);
    expect(sources.get('sessions.evictBatch')).toBe('MCP_GIT_SESSIONS_EVICT_BATCH');
    expect(sources.get('log.level')).toBe('--set');
  });

  it('prefers the profile of the flag to the profile of the environment', () => {
    folder.write('a.yaml', 'log: {level: warn}');
    folder.write('b.yaml', 'log: {level: error}');

    expect(load({ profile: 'b', environment: { MCP_GIT_PROFILE: 'a' } }).config.log.level).toBe('error');
  });

  it('names the profiles there are when another one is asked for', () => {
    folder.write('production.yaml', '');

    expect(faultsOf({ profile: 'prodution' })).toMatchObject([
      { key: 'profile', source: '--profile', nearest: 'production' },
    ]);
  });

  it('reads no file outside the presets when a profile is written as a path', () => {
    expect(faultsOf({ profile: '../../etc/passwd' })).toMatchObject([{ key: 'profile' }]);
  });

  it('freezes what it hands out, to the last token', () => {
    const tokens = JSON.stringify([{ name: 'me', sha256: DIGEST, scopes: ['git:read'] }]);
    const { config } = load({ environment: { MCP_GIT_AUTH_TOKENS: tokens } });

    expect(
      [config, config.resilience.rateLimit, config.auth.tokens, config.auth.tokens[0]?.scopes].every(
        Object.isFrozen,
      ),
    ).toBe(true);
  });

  it('tells all faults of all places at once, each with key, value, place and nearest right name', () => {
    const file = folder.write('own.yaml', 'server:\n  prot: 80\n  host: 7\nlog:\n  level: loud\n');

    const faults = faultsOf({
      file,
      environment: { MCP_GIT_PORT: '99999' },
      flags: [{ flag: '--set', key: 'log.levle', value: 'info' }],
    });

    expect(faults).toEqual([
      {
        key: 'server.prot',
        value: '80',
        source: `${file}:2:3`,
        problem: 'unknown key',
        nearest: 'server.port',
      },
      { key: 'log.levle', value: 'info', source: '--set', problem: 'unknown key', nearest: 'log.level' },
      { key: 'server.host', value: '7', source: `${file}:3:9`, problem: 'expected: text' },
      {
        key: 'log.level',
        value: 'loud',
        source: `${file}:5:10`,
        problem: 'expected: one of trace, debug, info, warn, error, fatal',
      },
      {
        key: 'server.port',
        value: '99999',
        source: 'MCP_GIT_PORT',
        problem: 'expected: whole number from 0 to 65535',
      },
    ]);
  });

  it('refuses a wrong value that a later place would have overridden', () => {
    const file = folder.write('own.yaml', 'server: {port: -1}');

    expect(faultsOf({ file, environment: { MCP_GIT_PORT: '1' } })).toMatchObject([
      { key: 'server.port', value: '-1' },
    ]);
  });

  it('says where a file is no YAML', () => {
    const file = folder.write('own.yaml', 'server:\n  port: [1\n');

    expect(faultsOf({ file })[0]).toMatchObject({
      key: file,
      source: expect.stringMatching(/own\.yaml:\d+:\d+$/),
    });
  });

  it('says which key is written twice', () => {
    const file = folder.write('own.yaml', 'log:\n  level: info\n  level: warn\n');

    expect(faultsOf({ file })).toEqual([
      { key: 'log.level', value: 'warn', source: `${file}:3:3`, problem: 'the key is written twice' },
    ]);
  });

  it('says that a file is missing', () => {
    const file = `${folder.path}/nowhere.yaml`;

    expect(faultsOf({ file })).toMatchObject([{ source: file, problem: 'the file cannot be read (ENOENT)' }]);
  });

  it.each(['', '# nothing\n', 'server:\n'])('accepts the empty file %j', (text) => {
    expect(load({ file: folder.write('own.yaml', text) }).config.server.port).toBe(8080);
  });

  it.each(['[1]', 'text', 'server: 1', 'server: [1]'])('refuses a section that is none: %j', (text) => {
    expect(faultsOf({ file: folder.write('own.yaml', text) })).toMatchObject([
      { problem: 'expected keys and values beneath' },
    ]);
  });

  it('refuses the names that every object has', () => {
    const file = folder.write(
      'own.yaml',
      '__proto__: {port: 1}\nconstructor: {prototype: 1}\nserver: {toString: 1}',
    );

    expect(faultsOf({ file }).map(({ key }) => key)).toEqual(['__proto__', 'constructor', 'server.toString']);
  });

  it('follows the anchors of YAML', () => {
    const file = folder.write('own.yaml', 'git:\n  timeout: &t 7s\n  networkTimeout: *t\n');

    expect(load({ file }).config.git.networkTimeout).toBe(7_000);
  });

  it.each([
    ['log: {level: *nobody}', 'log.level'],
    ['log: {level: &own [*own]}', 'log.level'],
    ['log: {level: {<<: *nobody}}', 'log.level'],
    [`log: {level: [&a [1,1,1,1,1,1,1,1,1], &b [${'*a,'.repeat(99)}], *b, *b]}`, 'log.level'],
  ])('says where an alias leads nowhere: %s', (text, key) => {
    const file = folder.write('own.yaml', text);

    expect(faultsOf({ file })).toMatchObject([{ key, source: expect.stringContaining(`${file}:1:`) }]);
  });

  it('takes relative roots from the folder of the file that names them', () => {
    const file = folder.write('own.yaml', 'git: {roots: [repositories, /srv]}');

    expect(load({ file }).config.git.roots).toEqual([`${folder.path}/repositories`, '/srv']);
  });

  it('trusts folders within the roots', () => {
    const file = folder.write('own.yaml', 'git: {roots: [/a], trustedRoots: [/a, /a/b, /a/..c]}');

    expect(load({ file }).config.git.trustedRoots).toEqual(['/a', '/a/b', '/a/..c']);
  });

  it.each([
    ['an empty root, which would be the current folder', 'git: {roots: [""]}', 'git.roots'],
    ['an empty program', 'git: {binary: ""}', 'git.binary'],
    ['an empty address, which would be all of them', 'server: {host: ""}', 'server.host'],
    ['a trusted folder outside the roots', 'git: {roots: [/a], trustedRoots: [/ab]}', 'git.trustedRoots'],
    ['a protocol that there is not', 'git: {remote: {protocols: [https, ext]}}', 'git.remote.protocols'],
  ])('refuses %s', (_, text, key) => {
    expect(faultsOf({ file: folder.write('own.yaml', text) })).toMatchObject([{ key }]);
  });

  it('refuses an empty root on the command line as well', () => {
    const flags = [{ flag: '--repository', key: 'git.roots', value: [''] }];

    expect(faultsOf({ flags })).toMatchObject([{ key: 'git.roots', problem: 'an item is empty' }]);
  });

  it('warns of a root that is not there', () => {
    const roots = JSON.stringify([folder.path, `${folder.path}/nowhere`]);

    expect(load({ environment: { MCP_GIT_ROOTS: roots } }).warnings).toEqual([
      `git.roots names ${folder.path}/nowhere, which is not there`,
    ]);
  });

  it('finds what is wrong inside a token, at its line, and hides every value of it', () => {
    const file = folder.write(
      'own.yaml',
      'auth:\n  tokens:\n    - name: me\n      sha256: S3CRET\n      scope: [git:read]\n      scopes: [git:reed]\n',
    );

    const faults = faultsOf({ file });

    expect(faults).toMatchObject([
      { key: 'auth.tokens[0].scope', source: `${file}:5:14`, nearest: 'scopes' },
      { key: 'auth.tokens[0].sha256', source: `${file}:4:15` },
      { key: 'auth.tokens[0].scopes', source: `${file}:6:15` },
    ]);
    expect(JSON.stringify(faults)).not.toContain('S3CRET');
  });
});

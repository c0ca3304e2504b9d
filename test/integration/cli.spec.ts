import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { TemporaryFolder } from '../support/temporary-folder.js';

const root = join(import.meta.dirname, '../..');

describe('mcp-git-server', () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = new TemporaryFolder();
  });

  afterEach(() => folder.remove());

  const run = (args: readonly string[], env: Record<string, string> = {}) =>
    spawnSync(process.execPath, [join(root, 'dist/bundle/cli.js'), ...args], {
      cwd: folder.path,
      env: { PATH: process.env['PATH'], HOME: folder.path, ...env },
      encoding: 'utf8',
      timeout: 60_000,
    });

  it('prints its version', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

    expect(run(['version'])).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('is a program as it is built, without npm to make it one', () => {
    const program = join(root, 'dist/bundle/cli.js');

    const { stdout, error } = spawnSync(program, ['version'], { encoding: 'utf8', timeout: 60_000 });

    expect(error).toBeUndefined();
    expect(stdout).toMatch(/^\S+\n$/);
  });

  it('explains itself', () => {
    const { status, stdout } = run(['--help']);

    expect(status).toBe(0);
    for (const word of [
      'serve',
      'config',
      'version',
      '--port',
      '--host',
      '--repository',
      '--config',
      '--profile',
      '--set',
    ]) {
      expect(stdout).toContain(word);
    }
  });

  it('refuses a command line it does not understand with 64', () => {
    expect(run(['srve'])).toMatchObject({
      status: 64,
      stdout: '',
      stderr:
        'mcp-git-server: there is no command srve; did you mean serve?\nmcp-git-server --help lists what there is\n',
    });
  });

  it('ends with 78 and every fault where the configuration is wrong', () => {
    const file = folder.write('own.yaml', 'server:\n  prot: 1\n');

    const { status, stdout, stderr } = run(['--config', file, '--set', 'log.level=loud'], {
      MCP_GIT_PORT: 'high',
    });

    expect(status).toBe(78);
    expect(stdout).toBe('');
    expect(stderr.split('\n')).toEqual([
      'mcp-git-server: the configuration has 3 faults:',
      '  server.prot = 1 (own.yaml:2:3): unknown key; did you mean server.port?',
      '  server.port = high (MCP_GIT_PORT): expected: whole number from 0 to 65535',
      '  log.level = loud (--set): expected: one of trace, debug, info, warn, error, fatal',
      '',
    ]);
  });

  it('says how to give a token where an open address has none', () => {
    const { status, stderr } = run(['serve', '--host', '0.0.0.0']);

    expect(status).toBe(78);
    expect(stderr).toContain('MCP_GIT_AUTH_TOKENS=');
  });

  it('prints the effective configuration with its sources, warnings apart', () => {
    const { status, stdout, stderr } = run(['config', '--repository', 'here', '--port', '81'], {
      MCP_GIT_HEARTBEAT_INTERVAL: '7',
      MCP_GIT_HARTBEAT_INTERVAL: '8',
    });

    expect(status).toBe(0);
    expect(stdout).toContain('port: 81 # --port');
    expect(stdout).toContain('interval: 7s # MCP_GIT_HEARTBEAT_INTERVAL');
    expect(parse(stdout)).toMatchObject({ git: { roots: [join(folder.path, 'here')] } });
    expect(stderr.split('\n')).toEqual([
      'warning: the variable MCP_GIT_HARTBEAT_INTERVAL is not known and has no effect; did you mean MCP_GIT_HEARTBEAT_INTERVAL?',
      `warning: git.roots names ${join(folder.path, 'here')}, which is not there`,
      '',
    ]);
  });

  it('takes no configuration from the folder it is started in', () => {
    folder.write('default.yaml', 'log: {level: trace}');

    expect(run(['config']).stdout).toContain('level: info');
  });

  it('prints a JSON Schema of the configuration files', () => {
    const { status, stdout } = run(['config', '--schema']);

    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(join(root, 'config/schema.json'), 'utf8')));
  });

  it('names who holds the port and the way out, and ends with 1', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;

    const { status, stderr } = run(['serve', '--port', String(port)]);
    holder.close();
    await once(holder, 'close');

    expect(status).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`mcp-git-server: port ${port} on 127.0.0.1 is held by .*MCP_GIT_PORT=${port + 1}\n`),
    );
  });
});

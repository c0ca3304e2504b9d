import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { descendantsOf, isAlive } from '../support/server-process.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const root = join(import.meta.dirname, '../..');
const WITHIN = { timeout: 20_000, interval: 20 };

describe.runIf(process.platform === 'linux')('the set-up', () => {
  let clone: TemporaryFolder;

  beforeEach(() => {
    clone = new TemporaryFolder();
    mkdirSync(join(clone.path, 'scripts'));
    mkdirSync(join(clone.path, 'programs'));
    cpSync(join(root, 'scripts/setup'), join(clone.path, 'scripts/setup'), { recursive: true });
    for (const name of ['setup.mjs', 'install-addon.mjs'])
      cpSync(join(root, 'scripts', name), join(clone.path, 'scripts', name));
  });

  afterEach(() => clone.remove());

  const run = (script: string, ...flags: string[]) =>
    spawnSync(process.execPath, [join(clone.path, 'scripts', script), ...flags], {
      encoding: 'utf8',
      env: { PATH: join(clone.path, 'programs'), HOME: clone.path },
    });

  it('names what is missing and stops where it may not install it', () => {
    const { status, stderr, stdout } = run('setup.mjs', '--test');

    expect(stderr).toMatch(
      /^setup: install what is missing and start again; by Debian's names: git python3 make g\+\+/m,
    );
    expect(stderr).not.toContain('at file:');
    expect(stdout).toBe('');
    expect(status).toBe(1);
  });

  it('names what the compiler lacks where the package is installed', () => {
    const { status, stderr } = run('install-addon.mjs');

    expect(stderr).toMatch(/by Debian's names: python3 make g\+\+/);
    expect(status).toBe(1);
  });

  // One that is there already is left alone.
  it.skipIf(existsSync('/usr/sbin/sshd'))('goes on without an sshd where none can be had', () => {
    const program = `import { provideSshServer } from '${join(clone.path, 'scripts/setup/ssh-server.mjs')}';
      provideSshServer();`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      env: { PATH: join(clone.path, 'programs') },
    });

    expect(stderr).toBe('setup: no sshd can be had here, so the tests that want one are skipped\n');
    expect(readdirSync(join(clone.path, '.setup'))).toEqual([]);
    expect(status).toBe(0);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('leaves no server behind where %s ends it', async (signal) => {
    const program = `import { makeCodeCache } from ${JSON.stringify(join(root, 'scripts/setup/code-cache.mjs'))};
      await makeCodeCache();`;
    const making = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: 'ignore',
      env: { PATH: process.env['PATH'], TMPDIR: clone.path },
    });
    const server = await vi.waitFor(() => {
      const found = descendantsOf(making.pid as number).find(({ command }) => command.includes('record'));
      expect(found).toBeDefined();
      return found as { readonly pid: number };
    }, WITHIN);

    making.kill(signal);

    try {
      await vi.waitFor(() => expect(isAlive(server.pid)).toBe(false), WITHIN);
    } finally {
      if (isAlive(server.pid)) process.kill(server.pid, 'SIGKILL');
    }
    const left = readdirSync(clone.path).filter((name) => name.startsWith('code-cache-'));
    expect(left).toHaveLength(signal === 'SIGTERM' ? 0 : 1);
  });
});

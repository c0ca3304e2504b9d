import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Repository } from '../../src/git/repository.js';
import { showLife } from '../../src/git/locks/life-sign.js';
import { bootId, thisProcess } from '../../src/shared/process-identity.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';

const signal = new AbortController().signal;
const OWNER = { sessionId: 's', requestId: 'r', tool: 'git_add' };

/** A process that has been and is no more. */
function deadProcess() {
  const { pid } = spawnSync('true');
  return { pid, startedAt: 1 };
}

/** As a server leaves it that is killed while it writes. */
async function leaveSocket(commonDir: string): Promise<void> {
  const path = JSON.stringify(join(commonDir, 'mcp-git-writer.sock'));
  const code = `require('net').createServer().listen(${path}, () => process.kill(process.pid, 'SIGKILL'))`;
  const [, killedBy] = (await once(spawn(process.execPath, ['-e', code]), 'exit')) as [unknown, string];
  if (killedBy !== 'SIGKILL') throw new Error('The server could not listen');
}

describe('Locks that a killed writer has left', () => {
  let repo: GitRepository;
  let services: GitServices;
  let here: Repository;

  beforeEach(async () => {
    repo = new GitRepository();
    repo.commitFiles('one', { 'a.txt': '1\n' });
    repo.write('new.txt', 'x');
    services = await GitServices.start({
      roots: [repo.root],
      config: (config) => {
        config.lockTimeout = 60;
      },
    });
    here = await services.locator.locate(repo.path, signal);
  });

  afterEach(async () => {
    await services.close();
    repo.remove();
  });

  const markPath = () => repo.file('.git/mcp-git-writer.json');

  function mark(more: object = {}, sinceMs = Date.now() - 60_000): void {
    const place = { host: hostname(), pids: readlinkSync('/proc/self/ns/pid'), path: repo.path };
    writeFileSync(markPath(), JSON.stringify({ ...deadProcess(), ...place, sinceMs, ...more }));
  }

  /** @param ageMs since when it is there */
  function lock(name: string, ageMs = 5_000): string {
    repo.write(`.git/${name}`, '');
    const made = new Date(Date.now() - ageMs);
    utimesSync(repo.file(`.git/${name}`), made, made);
    return repo.file(`.git/${name}`);
  }

  async function add(): Promise<void> {
    const release = await services.locks.acquire(here, OWNER, signal);
    try {
      await services.writes.add(here, ['new.txt'], signal);
    } finally {
      release();
    }
  }

  it('are removed by the next one, and its own mark goes with its work', async () => {
    mark();
    const locks = ['index.lock', 'refs/heads/main.lock', 'packed-refs.lock'].map((name) => lock(name));

    await add();

    expect(repo.status()).toContain('new.txt');
    expect(locks.filter((path) => existsSync(path))).toEqual([]);
    expect(existsSync(markPath())).toBe(false);
  });

  it('are removed without a wait by hand where they are as young as can be', async () => {
    mark();
    lock('index.lock', 0);

    await add();

    expect(repo.status()).toContain('new.txt');
  });

  it('are removed after the index that belongs to them is in its place, so that the next change is none but its own', async () => {
    repo.branch('side').checkout('side').commitFiles('side', { 'side.txt': 's', 'new.txt': null });
    repo.checkout('main').commitFiles('main', { 'main.txt': 'm' });
    // As the server leaves it that is killed when git has merged, and before the index is put in place.
    mark();
    const copy = repo.file('.git/mcp-git-index');
    copyFileSync(repo.file('.git/index'), copy);
    repo.git(['merge', '--quiet', '--no-edit', 'side'], { GIT_INDEX_FILE: copy });
    lock('index.lock');
    repo.write('new.txt', 'x');
    expect(repo.git(['diff', '--cached', '--name-status']).trim()).toBe('D\tside.txt');

    await add();

    expect(repo.git(['diff', '--cached', '--name-status']).trim()).toBe('A\tnew.txt');
    expect(existsSync(copy)).toBe(false);
  });

  it.each<[string, () => object | undefined]>([
    ['the writer lives', () => ({ ...thisProcess(), pid: process.ppid, startedAt: 0 })],
    ['the writer is on another machine', () => ({ host: 'elsewhere' })],
    ['the writer is in another container', () => ({ pids: 'pid:[1]' })],
    ['they are older than its work', () => ({ sinceMs: Date.now() - 2_000 })],
    ['nobody has left a mark', () => undefined],
  ])('stay where %s', async (_, more) => {
    const given = more();
    if (given !== undefined) mark(given);
    const path = lock('index.lock');

    await expect(add()).rejects.toMatchObject({
      code: 'repository_busy',
      details: { lock: 'index.lock', ageMs: expect.any(Number) },
    });

    expect(existsSync(path)).toBe(true);
  });

  it('of another container are removed when they are older than any work of git', async () => {
    mark({ pids: 'pid:[1]' }, Date.now() - 1_000_000);
    lock('index.lock', 950_000);

    await add();

    expect(repo.status()).toContain('new.txt');
  });

  describe('in another container of this system', () => {
    const elsewhere = { pids: 'pid:[1]', boot: bootId(), guarded: true };

    it('are removed as soon as its server is dead', async () => {
      await leaveSocket(repo.file('.git'));
      mark(elsewhere);
      lock('index.lock');

      await add();

      expect(repo.status()).toContain('new.txt');
      expect(existsSync(repo.file('.git/mcp-git-writer.sock'))).toBe(false);
    });

    it.each([
      ['its server lives', {}, true],
      ['nobody can be asked', {}, undefined],
      ['its system is another one', { boot: 'another' }, false],
      ['its gits may go on without it', { guarded: false }, false],
    ])('stay where %s', async (_, more, lives) => {
      if (lives === false) await leaveSocket(repo.file('.git'));
      const life = lives ? showLife(repo.file('.git')) : undefined;
      mark({ ...elsewhere, ...more });
      const path = lock('index.lock');

      await expect(add()).rejects.toMatchObject({ code: 'repository_busy' });

      expect(existsSync(path)).toBe(true);
      life?.close();
    });
  });

  it('stay while a process has one of them open', async () => {
    mark();
    const path = lock('index.lock');
    const descriptor = openSync(path, 'a');
    const holder = spawn('sleep', ['30'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
    closeSync(descriptor);

    await expect(add()).rejects.toMatchObject({ code: 'repository_busy' });

    expect(existsSync(path)).toBe(true);
    holder.kill();
  });

  it('are removed where somebody kills a git while its server goes on', async () => {
    const binary = join(repo.root, 'killed-git');
    const script = `#!/bin/sh\nfor word; do [ "$word" = update-index ] || continue; [ -e "${repo.root}/once" ] && break; touch "${repo.root}/once" .git/index.lock; kill -9 $$; done\nexec git "$@"\n`;
    writeFileSync(binary, script, { mode: 0o755 });
    await services.close();
    services = await GitServices.start({
      roots: [repo.root],
      config: (config) => {
        config.binary = binary;
      },
    });

    await expect(add()).rejects.toMatchObject({ recoverable: true, details: { reason: 'killed' } });
    await add();

    expect(repo.status()).toContain('new.txt');
  });

  it('say who writes, for as long as it writes', async () => {
    const release = await services.locks.acquire(here, OWNER, signal);
    const text = readFileSync(markPath(), 'utf8');
    release();

    expect(JSON.parse(text)).toMatchObject({ ...thisProcess(), path: repo.path, host: hostname() });
    expect(existsSync(markPath())).toBe(false);
  });
});

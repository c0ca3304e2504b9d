import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ResourceLedger } from '../resources/resource.ledger.js';
import { systemClock } from '../shared/clock.js';
import { removeLeftFolders, TemporaryFolders } from './temporary-folders.js';

describe('A temporary folder', () => {
  let place: string;
  let other: ChildProcess;
  let resources: ResourceLedger;
  let folders: TemporaryFolders;

  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'folders-'));
    vi.stubEnv('TMPDIR', place);
    other = spawn('sleep', ['60']);
    resources = new ResourceLedger(systemClock);
    folders = new TemporaryFolders(resources);
  });

  afterEach(async () => {
    await end();
    vi.unstubAllEnvs();
    rmSync(place, { recursive: true });
  });

  async function end(): Promise<void> {
    if (other.exitCode !== null || other.signalCode !== null) return;
    other.kill('SIGKILL');
    await once(other, 'exit');
  }

  /** As `other` would have made it. */
  async function folderOfOther(): Promise<string> {
    const stat = readFileSync(`/proc/${other.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const name = await folders.use('objects', () => Promise.resolve(readdirSync(place)[0] ?? ''));
    const folder = join(place, name.replace(/-\d+-\d+-(\w+)$/, `-${other.pid}-${stat[19]}-$1`));
    mkdirSync(folder);
    writeFileSync(join(folder, 'object'), 'x');
    return folder;
  }

  it('goes with the end of the work, also where that fails', async () => {
    const work = vi.fn<(folder: string) => Promise<never>>(() => Promise.reject(new Error('not today')));

    await expect(folders.use('merge', work)).rejects.toThrow('not today');

    expect(work).toHaveBeenCalledWith(expect.stringContaining(place));
    expect(readdirSync(place)).toEqual([]);
  });

  it('is among the resources for as long as it is there', async () => {
    const meanwhile = await folders.use('objects', () => Promise.resolve(resources.all()));

    expect(meanwhile).toMatchObject([{ type: 'temporary-folder', owner: 'git' }]);
    expect(resources.all()).toEqual([]);
  });

  it('stays while the process that made it runs, and is removed once it was killed', async () => {
    const folder = await folderOfOther();

    await removeLeftFolders();
    expect(existsSync(folder)).toBe(true);

    await end();
    await removeLeftFolders();
    expect(existsSync(folder)).toBe(false);
  });

  it('stays where its maker cannot be seen, and where the name is somebody else’s', async () => {
    const folder = await folderOfOther();
    await end();
    const elsewhere = folder.replace(/-\d+-(\d+)-(\d+)-(\w+)$/, '-1-$1-$2-$3');
    const foreign = join(place, 'mcp-git-server-profiles-0');
    [elsewhere, foreign].forEach((path) => mkdirSync(path));

    await removeLeftFolders();

    expect([elsewhere, foreign, folder].map((path) => existsSync(path))).toEqual([true, true, false]);
  });
});

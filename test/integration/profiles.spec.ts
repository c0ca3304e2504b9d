import { readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { DiagnosticsConfig, HealthConfig } from '../../src/config/sections/index.js';
import { ProfileFolder } from '../../src/diagnostics/profiles/profile-folder.js';
import { Profiler } from '../../src/diagnostics/profiles/profiler.service.js';
import { systemClock } from '../../src/shared/clock.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const signal = new AbortController().signal;
const kept: object[] = [];

/** Allocates what the profile must name. */
function hoardsObjects(): void {
  for (let number = 0; number < 50_000; number += 1) kept.push({ number, text: `kept ${number}` });
}

describe('Profiles', () => {
  let folder: TemporaryFolder;
  let config: DiagnosticsConfig;
  let files: ProfileFolder;
  const health = new HealthConfig();

  beforeEach(() => {
    folder = new TemporaryFolder();
    config = Object.assign(new DiagnosticsConfig(), { profileFolder: join(folder.path, 'profiles') });
    files = new ProfileFolder(config);
  });

  afterEach(() => {
    kept.length = 0;
    folder.remove();
  });

  const profiler = () => new Profiler(files, config, health, systemClock);

  it('are kept for this user alone, the last five of them', async () => {
    const taken: string[] = [];
    for (let round = 0; round < 7; round += 1) taken.push((await profiler().take('cpu', 10, signal)).file);

    const left = (await files.list()).map(({ name }) => name);

    expect(left).toHaveLength(5);
    expect(left.toSorted()).toEqual(taken.toSorted().slice(-5));
    const modes = left.map((name) => statSync(join(config.profileFolder, name)).mode & 0o777);
    expect(new Set(modes)).toEqual(new Set([0o600]));
    expect(statSync(config.profileFolder).mode & 0o777).toBe(0o700);
  });

  it('are not written through a link that stands in the place of their folder', async () => {
    symlinkSync(folder.path, config.profileFolder);

    await expect(profiler().take('cpu', 10, signal)).rejects.toMatchObject({
      code: 'operation_failed',
      details: { reason: 'folder' },
    });
    expect(readdirSync(folder.path)).toEqual(['profiles']);
  });

  it('of the heap name the function that allocated what is still in use', async () => {
    const taking = profiler().take('heap', 300, signal);
    setTimeout(hoardsObjects, 50);

    const { allocators = [], file } = await taking;

    const found = allocators.find((one) => one.function === 'hoardsObjects');
    expect(found?.at).toMatch(/profiles\.spec\.ts:\d+$/);
    expect(found?.bytes).toBeGreaterThan(1_000_000);
    expect((await files.list()).map(({ name }) => name)).toEqual([file]);
  });

  it('are taken one at a time', async () => {
    const one = profiler();
    const taking = one.take('cpu', 100, signal);

    await expect(one.take('cpu', 10, signal)).rejects.toMatchObject({
      code: 'temporary_resource_unavailable',
      details: { reason: 'busy' },
    });
    await taking;
    await expect(one.take('cpu', 10, signal)).resolves.toMatchObject({ kind: 'cpu' });
  });

  it('of the whole heap are refused where they would not fit into memory, and leave no file', async () => {
    const small = Object.assign(new HealthConfig(), { maxRssBytes: 2 ** 20 });

    const refused = new Profiler(files, config, small, systemClock).take('snapshot', undefined, signal);

    await expect(refused).rejects.toMatchObject({
      code: 'temporary_resource_unavailable',
      details: { reason: 'memory' },
    });
    expect(await files.list()).toEqual([]);
  });
});

import { existsSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TemporaryFolder } from '../../../test/support/temporary-folder.js';
import { type Repository } from '../repository.js';
import { bringBack, hasKept, keepModules } from './kept-modules.js';
import { sweepKeptModules } from './kept-modules.sweep.js';

const BYTES = 100;

describe('Repositories of submodules that are kept', () => {
  let folder: TemporaryFolder;
  let repository: Repository;
  let places: string[];
  const keptAt = (place: string) => join(folder.path, 'mcp-git-modules', place.replace(':', '-'));
  const kept = () => places.map((place) => hasKept(repository, place));

  beforeEach(() => {
    folder = new TemporaryFolder();
    repository = { commonDir: folder.path } as Repository;
    // Of the second 1, 2 and 3 of 1970.
    places = [1, 2, 3].map((second) => {
      const modules = join(folder.path, `modules${second}`);
      mkdirSync(join(modules, 'objects'), { recursive: true });
      writeFileSync(join(modules, 'objects/pack'), Buffer.alloc(BYTES));
      const place = keepModules(repository, modules) ?? '';
      utimesSync(keptAt(place), second, second);
      return place;
    });
  });

  afterEach(() => folder.remove());

  it.each([
    ['since too long', { sinceMs: 1_500, maxBytes: 3 * BYTES }, [false, true, true]],
    ['beyond what may be kept, the oldest first', { sinceMs: 0, maxBytes: BYTES }, [false, false, true]],
    ['within bounds, not at all', { sinceMs: 0, maxBytes: 3 * BYTES }, [true, true, true]],
  ])('are deleted that are so %s', async (_why, limits, left) => {
    await sweepKeptModules(repository, limits);

    expect(kept()).toEqual(left);
  });

  it('are deleted beside what is none of them, which is not looked into', async () => {
    const top = join(folder.path, 'mcp-git-modules');
    const beyond = join(folder.path, 'beyond');
    mkdirSync(beyond);
    writeFileSync(join(beyond, 'large'), Buffer.alloc(BYTES));
    symlinkSync(beyond, join(top, 'link'));
    symlinkSync('nowhere', join(top, 'dangling'));
    writeFileSync(join(top, 'file'), Buffer.alloc(BYTES));

    await sweepKeptModules(repository, { sinceMs: 2_500, maxBytes: BYTES });

    expect(kept()).toEqual([false, false, true]);
    expect(existsSync(join(beyond, 'large'))).toBe(true);
  });

  it('do not come back once their deletion has begun', async () => {
    const [first = ''] = places;
    const seen: boolean[] = [];
    const sweeping = sweepKeptModules(repository, { sinceMs: 1_500, maxBytes: 3 * BYTES });
    const file = join(keptAt(first), 'objects/pack');
    while (existsSync(file)) await new Promise(setImmediate);
    seen.push(hasKept(repository, first));
    await sweeping;

    expect(seen).toEqual([false]);
  });

  it('come back as the folder that they were, and no other one is taken for it', () => {
    const [first = '', second = ''] = places;
    bringBack(repository, first, join(folder.path, 'worktrees/one/modules'));
    mkdirSync(keptAt(first));

    expect(existsSync(join(folder.path, 'worktrees/one/modules/objects/pack'))).toBe(true);
    expect([hasKept(repository, first), hasKept(repository, second)]).toEqual([false, true]);
    expect(hasKept(repository, '../..')).toBe(false);
  });
});

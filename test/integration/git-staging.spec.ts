import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GitWrites } from '../../src/git/git-writes.port.js';
import { type Repository } from '../../src/git/repository.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';

const signal = new AbortController().signal;

describe('Staging at the border of a work tree', () => {
  let repo: GitRepository;
  let services: GitServices;
  let writes: GitWrites;
  let here: Repository;

  beforeEach(async () => {
    repo = new GitRepository();
    repo.commitFiles('one', { 'dir/a.txt': '1' });
    services = await GitServices.start({ roots: [repo.root] });
    writes = services.writes;
    here = await services.locator.locate(repo.path, signal);
  });

  afterEach(async () => {
    await services.close();
    repo.remove();
  });

  it('refuses what lies behind a symbolic link', async () => {
    symlinkSync('dir', repo.file('link'));

    await expect(writes.add(here, ['link/a.txt'], signal)).rejects.toMatchObject({
      code: 'operation_failed',
      details: { reason: 'beyond-border', paths: ['link/a.txt'] },
    });
  });

  it.each([false, true])(
    'refuses what lies in a repository of its own (staged itself: %s)',
    async (staged) => {
      const nested = new GitRepository({ root: repo.path, name: 'nested' });
      nested.commitFiles('one', { 'b.txt': '1' });
      if (staged) await writes.add(here, ['nested'], signal);

      await expect(writes.add(here, ['nested/b.txt', 'dir'], signal)).rejects.toMatchObject({
        details: { reason: 'beyond-border', paths: ['nested/b.txt'] },
      });
    },
  );

  it('stages files of a folder that only looks like a repository', async () => {
    repo.commitFiles('two', { 'kept/b.txt': '1' });
    mkdirSync(repo.file('kept/.git'));
    repo.write('kept/b.txt', '2');

    expect(await writes.add(here, ['kept/b.txt'], signal)).toEqual(['kept/b.txt']);
  });

  it('stages names that are no UTF-8 as they are', async () => {
    const name = Buffer.from([0x62, 0xe9, 0xff]);
    writeFileSync(Buffer.concat([Buffer.from(`${repo.path}/`), name]), 'x');

    const paths = await writes.add(here, ['.'], signal);

    expect(paths).toHaveLength(1);
    expect(repo.git(['ls-files'])).toBe('"b\\351\\377"\ndir/a.txt\n');
  });

  it('stages an empty folder as git add does: nothing', async () => {
    mkdirSync(repo.file('empty'));

    expect(await writes.add(here, ['empty'], signal)).toEqual([]);
  });
});

describe('A revision that names no single commit', () => {
  let repo: GitRepository;
  let services: GitServices;
  let here: Repository;

  beforeEach(async () => {
    repo = new GitRepository();
    repo.commit('one');
    services = await GitServices.start({ roots: [repo.root] });
    here = await services.locator.locate(repo.path, signal);
  });

  afterEach(async () => {
    await services.close();
    repo.remove();
  });

  it.each(['^main', 'main@{upstream}', '@{push}', 'main@{99}'])(
    'is not found for a writer (%s)',
    async (name) => {
      const { writes } = services;
      const answers = [
        () => writes.merge(here, { source: name }, signal),
        () => writes.rebase(here, { upstream: name }, signal),
        () => writes.cherryPick(here, { commits: name, noCommit: false }, signal),
        () => writes.checkout(here, name, signal),
        () => writes.createBranch(here, 'new', name, signal),
      ];

      for (const answer of answers) {
        await expect(answer()).rejects.toMatchObject({
          code: 'revision_not_found',
          details: { revision: name },
        });
      }
    },
  );

  it('is still told from a damaged repository', async () => {
    repo.write('.git/config', '[core\n');

    await expect(services.writes.checkout(here, 'main', signal)).rejects.toMatchObject({
      code: 'untrusted_config',
    });
  });

  it('is no concern of a folder whose name is too long', async () => {
    const path = join(repo.root, 'x'.repeat(300));

    await expect(services.writes.init(path, undefined, false, signal)).rejects.toMatchObject({
      code: 'operation_failed',
      details: { reason: 'name-too-long' },
    });
  });
});

import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';

const signal = new AbortController().signal;

/** Needs the right to mount, which a developer's account does not have. */
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'disk-')));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status === 0;

if (!mounted) rmSync(folder, { recursive: true });

function fill(): void {
  for (;;) appendFileSync(join(folder, 'rest'), Buffer.alloc(4_096));
}

describe.skipIf(!mounted)('A disk that is full', () => {
  let repo: GitRepository;
  let services: GitServices;

  beforeEach(async () => {
    repo = new GitRepository({ root: folder });
    repo.commitFiles('one', { 'a.txt': '1' });
    repo.branch('other').write('a.txt', '2').stage('a.txt');
    services = await GitServices.start({ roots: [folder] });
  });

  afterEach(async () => {
    await services.close();
    spawnSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  });

  it('is named, also where git does not say so, and leaves a sound repository', async () => {
    const here = await services.locator.locate(repo.path, signal);
    const { writes } = services;
    expect(fill).toThrow('ENOSPC');
    const answers = [
      () => writes.commit(here, { message: 'two' }, signal),
      () => writes.reset(here, {}, signal),
      () => writes.createBranch(here, 'new', undefined, signal),
    ];

    for (const answer of answers) {
      await expect(answer()).rejects.toMatchObject({
        code: 'temporary_resource_unavailable',
        details: { reason: 'disk-full' },
      });
    }

    rmSync(join(folder, 'rest'));
    expect(() => repo.fsck()).not.toThrow();
    await expect(writes.commit(here, { message: 'two' }, signal)).resolves.toMatchObject({ subject: 'two' });
  });
});

import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { eventually } from '../support/eventually.js';
import { GitRepository } from '../support/git-repository.js';
import { reader, ResourceHarness, signal } from './mcp-resources.harness.js';

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

describe('The list of resources', () => {
  let harness: ResourceHarness;
  let told: number;
  let leave: () => void;

  beforeEach(async () => {
    harness = await ResourceHarness.start();
    told = 0;
    leave = harness.listChanges.listen({
      toolsChanged: () => undefined,
      promptsChanged: () => undefined,
      resourcesChanged: () => (told += 1),
    });
  });
  afterEach(async () => harness.close());

  const list = () => harness.catalog.list(reader, signal);
  const repositories = async () =>
    (await list()).map(({ uri }) => decodeURIComponent(uri)).filter((uri) => uri.endsWith('/HEAD'));

  it('is told to have changed when a repository comes, and when it goes', async () => {
    expect(await repositories()).toHaveLength(1);

    const other = new GitRepository({ root: harness.repo.root, name: 'other' });
    await eventually(() => expect(told).toBe(1));
    expect(await repositories()).toHaveLength(2);

    rmSync(other.path, { recursive: true });
    await eventually(() => expect(told).toBe(2));
    expect(await repositories()).toHaveLength(1);
  });

  it('is told once, also to those who were given an older one', async () => {
    await list();
    const bare = new GitRepository({ root: harness.repo.root, name: 'bare.git', bare: true });
    await list();

    await eventually(() => expect(told).toBe(1));

    expect(await repositories()).toContainEqual(expect.stringContaining(bare.path));
    expect(told).toBe(1);
  });

  it('is not told to have changed by commits, branches and files', async () => {
    await list();
    harness.repo.commitFiles('one', { 'a.txt': 'a' });
    harness.repo.branch('feature').write('new/deep/file.txt', 'x');
    const other = new GitRepository({ root: harness.repo.root, name: 'later' });

    await eventually(() => expect(told).toBe(1));

    rmSync(join(other.path, '.git'), { recursive: true });
    await eventually(() => expect(told).toBe(2));
  });

  it('is looked at for nobody', async () => {
    const nobody = { toolsChanged: () => {}, promptsChanged: () => {}, resourcesChanged: () => {} };
    harness.listChanges.listen(nobody, () => false);
    await list();
    leave();
    const before = timers();

    await eventually(() => expect(timers()).toBeLessThan(before));
  });
});

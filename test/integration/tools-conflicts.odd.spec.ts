import { mkdirSync, readdirSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

describe('Conflicts of an odd repository', () => {
  let tools: ToolBench;
  let repo: GitRepository;

  beforeAll(async () => {
    tools = await ToolBench.start();
  });

  afterAll(() => tools.close());

  beforeEach(() => {
    repo = new GitRepository({ root: tools.folder() });
  });

  const call = (name: string, args: object) => tools.call(name, { repo_path: repo.path, ...args });
  const at = (name: string) => Buffer.concat([Buffer.from(`${repo.path}/`), Buffer.from(name, 'latin1')]);

  /** A merge that stopped at the files. */
  function stopAt(names: readonly string[], times = 1): void {
    const commit = (text: string) => {
      for (const name of names) writeFileSync(at(name), `${text} ${name}\n`.repeat(times));
      repo.git(['add', '--all']);
      repo.commit(text);
    };
    commit('base');
    repo.branch('other');
    commit('main');
    repo.checkout('other');
    commit('other');
    repo.checkout('main');
    expect(() => repo.git(['merge', 'other'])).toThrow('git merge');
  }

  it('of files with names that are no UTF-8 are listed without what a link in the place of their folder leads to', async () => {
    mkdirSync(at('\xe4'));
    stopAt(['\xe4/file.txt']);
    const outside = join(repo.root, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'file.txt'), 'secret\n');
    unlinkSync(at('\xe4/file.txt'));
    rmdirSync(at('\xe4'));
    symlinkSync(outside, at('\xe4'));

    const { structured } = await call('git_conflicts', {});

    expect(structured['conflicts']).toMatchObject([
      { path: '\ufffd/file.txt', ours: { size: expect.any(Number) as number } },
    ]);
    expect(JSON.stringify(structured)).not.toContain('secret');
  });

  it('of files with names that are no UTF-8 are foretold one by one, though they read alike', async () => {
    stopAt(['\xe4.txt', '\xe5.txt']);

    const { structured } = await call('git_merge_tree', { theirs: 'other' });

    expect(structured['conflicts']).toMatchObject([{ path: '\ufffd.txt' }, { path: '\ufffd.txt' }]);
  });

  it('of files with names that are no UTF-8 are not settled where a folder stands in the way', async () => {
    stopAt(['\xe4.txt']);
    unlinkSync(at('\xe4.txt'));
    mkdirSync(at('\xe4.txt'));
    writeFileSync(at('\xe4.txt/precious'), 'precious\n');
    const unmerged = repo.git(['ls-files', '--unmerged']);

    const resolving = call('git_resolve', { paths: ['.'], side: 'ours' });

    await expect(resolving).rejects.toMatchObject({ details: { reason: 'folder-in-the-way' } });
    expect(repo.git(['ls-files', '--unmerged'])).toBe(unmerged);
    expect(readdirSync(at('\xe4.txt'))).toEqual(['precious']);
  });

  it('that are large together show the beginning of each version', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const times = 100_000;
    stopAt(names, times);

    const first = await call('git_conflicts', {});
    const second = await call('git_conflicts', { cursor: first.structured['next_cursor'] });

    expect([first, second].flatMap(({ structured }) => structured['conflicts'])).toMatchObject(
      names.map((name) => ({
        path: name,
        ...Object.fromEntries(
          Object.entries({ base: 'base', ours: 'main', theirs: 'other' }).map(([side, text]) => [
            side,
            {
              size: `${text} ${name}\n`.length * times,
              text: expect.stringMatching(new RegExp(`^(?:${text} ${name}\n)+$`)) as string,
              text_truncated: true,
            },
          ]),
        ),
      })),
    );
  });
});

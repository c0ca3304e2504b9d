import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

type Records = Record<string, unknown>[];

const BO = { GIT_AUTHOR_NAME: 'Bo', GIT_AUTHOR_EMAIL: 'bo@example.org' };
const lines = (text: string) => text.split('\n').filter(Boolean);
const bob = (name: string) => `${name} <bob@example.org> <bo@example.org>\n`;

describe('git_shortlog', () => {
  let repo: GitRepository;
  let bench: ToolBench;

  beforeAll(async () => {
    bench = await ToolBench.start();
  });

  beforeEach(() => {
    repo = new GitRepository({ root: bench.folder() });
  });

  afterAll(() => bench.close());

  const call = (name: string, args: object = {}) => bench.call(name, { repo_path: repo.path, ...args });
  const contributors = async (args: object) =>
    ((await call('git_shortlog', args)).structured['contributors'] as Records).map(
      ({ name, email, commits }) => `${String(commits)}\t${String(name)} <${String(email)}>`,
    );
  const shortlog = (...args: string[]) =>
    lines(repo.git(['shortlog', '-s', '-n', '-e', ...args, 'HEAD'])).map((line) => line.trim());

  describe('git_shortlog', () => {
    beforeEach(() => {
      repo.commitFiles('one', { 'a.txt': '1\n2\n', 'b.bin': Buffer.from([0, 1]) });
      repo.commitFiles('two', { 'a.txt': '1\n3\n4\n' }, 1_700_086_400);
      repo.write('c.txt', 'c\n').stage('c.txt');
      repo.git(['commit', '-q', '-m', 'three\n\nCo-authored-by: Cy <cy@example.org>'], BO);
    });

    it('counts as git counts', async () => {
      expect(await contributors({})).toEqual(shortlog());
      expect(await contributors({ group_by: 'committer' })).toEqual(shortlog('-c'));
      expect(await contributors({ group_by: 'co-author' })).toEqual(['1\tCy <cy@example.org>']);
      expect(await contributors({ from: 'HEAD~1' })).toEqual(['1\tBo <bo@example.org>']);
      expect(await contributors({ paths: ['a.txt'] })).toEqual(['2\tAda <ada@example.org>']);
      expect(await contributors({ until: '2023-11-14' })).toEqual(['1\tAda <ada@example.org>']);
    });

    it('counts lines, and names people as .mailmap does', async () => {
      repo.write('.mailmap', 'Bob <bob@example.org> <bo@example.org>\n');

      const { structured } = await call('git_shortlog', { churn: true });

      expect(structured).toMatchObject({ commits: 3 });
      expect(structured['contributors']).toEqual([
        { name: 'Ada', email: 'ada@example.org', commits: 2, additions: 4, deletions: 1, changes: 3 },
        { name: 'Bob', email: 'bob@example.org', commits: 1, additions: 1, deletions: 0, changes: 1 },
      ]);
      expect(await contributors({})).toEqual(shortlog());
    });

    it('counts the lines of the first commit, whatever the configuration prefers', async () => {
      repo.config('log.showRoot', 'false');

      const { structured } = await call('git_shortlog', { churn: true });

      expect((structured['contributors'] as Records)[0]).toMatchObject({ name: 'Ada', additions: 4 });
    });

    it('names people anew whenever what names them has changed', async () => {
      const seen = new Set<string>();
      const change = async (write: () => void) => {
        write();
        const named = await contributors({});
        expect(named).toEqual(shortlog());
        seen.add(named.join('\n'));
      };

      await change(() => undefined);
      await change(() => void repo.write('.mailmap', bob('Bob')));
      await change(() => void repo.write('.mailmap', bob('Bobby')));
      await change(() => rmSync(repo.file('.mailmap')));
      await change(() => void repo.config('mailmap.blob', 'names:.mailmap'));
      repo
        .branch('names')
        .checkout('names')
        .commitFiles('names', { '.mailmap': bob('Robert') });
      await change(() => void repo.checkout('main'));

      expect(seen.size).toBe(4);
    });

    it('takes no mailmap from elsewhere', async () => {
      const outside = join(bench.root, 'mailmap');
      writeFileSync(outside, 'SECRET <secret@example.org> <ada@example.org>\n');
      repo.config('mailmap.file', outside);

      expect((await contributors({})).join('\n')).not.toContain('SECRET');
      expect((await contributors({ churn: true })).join('\n')).not.toContain('SECRET');
    });
  });
});

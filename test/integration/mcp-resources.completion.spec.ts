import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { RepositoryCompletions } from '../../src/mcp/resources/repository.completions.js';
import { type GitRepository } from '../support/git-repository.js';
import { reader, ResourceHarness, signal } from './mcp-resources.harness.js';

describe('Completion of URIs', () => {
  let harness: ResourceHarness;
  let repo: GitRepository;

  beforeEach(async () => {
    harness = await ResourceHarness.start();
    repo = harness.repo;
  });
  afterEach(async () => harness.close());

  const complete = (variable: string, value: string, set: Record<string, string> = {}, kind = 'file') => {
    const template = harness.catalog.templates(reader.principal).find(({ name }) => name === kind);
    return harness.catalog.complete(template?.uriTemplate ?? '', variable, value, set, reader, signal);
  };

  it('proposes repositories, revisions and paths', async () => {
    repo.commitFiles('one', { 'src/main.ts': '', 'src/map/a': '', 'src/other.ts': '', 'a.txt': '' });
    const head = repo.branch('maintenance').tag('major').head();

    expect(await complete('repository', repo.root)).toEqual([repo.path]);
    expect(await complete('revision', 'ma', { repository: repo.path })).toEqual([
      'main',
      'maintenance',
      'major',
    ]);
    expect(await complete('revision', '')).toEqual(['HEAD', 'main', 'maintenance', 'major', head]);
    expect(await complete('revision', head.slice(0, 5))).toEqual([head]);
    expect(await complete('path', 'src/ma', { repository: repo.path, revision: 'HEAD' })).toEqual([
      'src/main.ts',
      'src/map/',
    ]);
    expect(await complete('path', '', {})).toEqual(['a.txt', 'src/']);
    expect(await complete('path', '', {}, 'tree')).toEqual(['src/']);
  });

  it('proposes nothing for what is not finished or unknown', async () => {
    repo.commitFiles('one', { 'a.txt': '' });

    expect(await complete('path', '', { repository: repo.path, revision: 'nowhere' })).toEqual([]);
    expect(await complete('path', '../', {})).toEqual([]);
    expect(await complete('revision', '', { repository: '/somewhere' })).toEqual([]);
    expect(await complete('unknown', '')).toEqual([]);
    expect(await harness.catalog.complete('other:///{x}', 'x', '', {}, reader, signal)).toEqual([]);
  });

  it('proposes the names of remotes', async () => {
    repo.git(['remote', 'add', 'origin', 'https://example.org/a.git']);
    repo.git(['remote', 'add', 'other', 'https://example.org/b.git']);

    const names = await harness.module.get(RepositoryCompletions).remotes(repo.path, 'or', reader, signal);

    expect(names).toEqual(['origin']);
  });

  it('proposes HEAD before the first commit', async () => {
    expect(await complete('revision', '')).toEqual(['HEAD']);
  });

  it('proposes a hundred and one more, which says that there are more', async () => {
    repo.commitFiles(
      'many',
      Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`f${index}`, ''])),
    );

    expect(await complete('path', 'f')).toHaveLength(101);
  });
});

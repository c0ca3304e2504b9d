import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ToolBench } from '../support/tool-bench.js';

describe('In a trusted root', () => {
  let tools: ToolBench;
  let repo: GitRepository;

  beforeAll(async () => {
    tools = await ToolBench.start((config) => {
      config.git.trustedRoots = [...config.git.roots];
    });
  });

  afterAll(() => tools.close());

  beforeEach(() => {
    repo = new GitRepository({ root: tools.folder() });
    repo.config('filter.capitals.clean', 'touch .git/ran; tr a-z A-Z');
    repo.commitFiles('base', { '.gitattributes': '*.up filter=capitals\n', 'a.txt': 'a\n' });
  });

  const call = (name: string, args: object) => tools.call(name, { repo_path: repo.path, ...args });

  it.each([
    ['git_commit', { message: 'm', files: ['.'] }, ['HEAD', 'a.txt', 'b.up']],
    ['git_add', { files: ['.'] }, ['a.txt', 'b.up']],
  ])('a dry run of %s runs no filter', async (name, args, subjects) => {
    repo.write('a.txt', 'changed\n').write('b.up', 'up\n');

    const { structured } = await call(name, { ...args, dry_run: true });

    expect(structured['effects']).toMatchObject(subjects.map((subject) => ({ subject })));
    expect(repo.has('.git/ran')).toBe(false);
    await call(name, args);
    expect(repo.has('.git/ran')).toBe(true);
    expect(repo.git(['show', ':b.up'])).toBe('UP\n');
  });

  it('a dry run says of files which a filter would convert what it would convert', async () => {
    repo.write('a.txt', 'changed\n').write('b.up', 'up\n');

    const { structured } = await call('git_commit', { message: 'm', files: ['.'], dry_run: true });

    expect(structured['effects']).toEqual([
      { action: 'commit', subject: 'HEAD', from: repo.head() },
      {
        action: 'commit',
        subject: 'a.txt',
        from: repo.revision('HEAD:a.txt'),
        to: repo.git(['hash-object', 'a.txt']).trim(),
      },
      {
        action: 'commit',
        subject: 'b.up',
        to: expect.stringMatching(/^filtered from 3 bytes of /) as string,
      },
    ]);
  });
});

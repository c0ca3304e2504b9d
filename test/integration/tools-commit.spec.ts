import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { NestedRepository } from '../support/nested-repository.js';
import { pictureOf } from '../support/repository-state.js';
import { ToolBench } from '../support/tool-bench.js';

describe('git_commit', () => {
  let tools: ToolBench;
  let repo: GitRepository;

  beforeAll(async () => {
    tools = await ToolBench.start();
  });

  afterAll(() => tools.close());

  beforeEach(() => {
    repo = new GitRepository({ root: tools.folder() });
    repo.config('user.name', 'Ada').config('user.email', 'ada@example.org');
    repo.commitFiles('base', { 'a.txt': 'a\n', 'b.txt': 'b\n' });
    repo.commitFiles('second\n\nIts body.', { 'a.txt': 'second\n' });
    repo.git(['branch', '-m', 'topic']);
  });

  const call = (args: object) => tools.call('git_commit', { repo_path: repo.path, ...args });
  const format = (what: string) => repo.git(['log', '-1', `--format=${what}`]).trim();

  const said = () => ({
    tree: repo.revision('HEAD^{tree}'),
    said: repo.git(['log', '-1', '--format=%P%n%an%n%ae%n%B']),
  });

  /** What git itself makes of the same, which is then taken back. */
  function byGit(...args: string[]): Record<string, string> {
    const head = repo.head();
    repo.git(['commit', '--quiet', ...args]);
    const made = said();
    repo.git(['reset', '--quiet', '--soft', head]);
    return made;
  }

  it('stages files first, and a dry run says which, changing nothing', async () => {
    repo.write('a.txt', 'x\n').write('new.txt', 'n\n').write('b.txt', 'other\n');
    repo.git(['add', 'new.txt']);
    const before = pictureOf(repo);

    const dry = await call({ message: 'm', files: ['a.txt'], dry_run: true });
    expect(pictureOf(repo)).toEqual(before);
    const { structured } = await call({ message: 'm', files: ['a.txt'] });

    expect((dry.structured['effects'] as { subject: string }[]).map(({ subject }) => subject)).toEqual([
      'HEAD',
      'a.txt',
      'new.txt',
    ]);
    expect(structured).toMatchObject({ subject: 'm', files: 2, head: repo.head() });
    expect(repo.status()).toBe(' M b.txt\n');
    repo.fsck();
  });

  it.each([
    ['keeps the message and the author', {}, ['--amend', '--no-edit']],
    ['takes another message', { message: 'third' }, ['--amend', '-m', 'third']],
    [
      'takes another author',
      { author: 'Ada L. <ada@example.org>' },
      ['--amend', '--no-edit', '--author=Ada L. <ada@example.org>'],
    ],
    [
      'adds trailers',
      { trailers: ['Acked-by: Bob'] },
      ['--amend', '--no-edit', '--trailer', 'Acked-by: Bob'],
    ],
  ])('amend %s, as git does', async (_what, args, options) => {
    repo.write('a.txt', 'amended\n').git(['add', '.']);
    const expected = byGit(...options);

    await call({ amend: true, ...args });

    expect(said()).toEqual(expected);
    repo.fsck();
  });

  it('amend refuses to make the first commit an empty one, as git does', async () => {
    repo.git(['checkout', '--quiet', '--orphan', 'first']);
    repo.commit('first');
    repo.git(['rm', '--quiet', '--force', 'a.txt', 'b.txt']);

    await expect(call({ amend: true })).rejects.toMatchObject({ details: { reason: 'empty-commit' } });
  });

  it('amend refuses to come to nothing, before the first commit, and during a merge', async () => {
    repo.write('a.txt', 'a\n').git(['add', '.']);
    await expect(call({ amend: true })).rejects.toMatchObject({ details: { reason: 'empty-commit' } });
    await call({ amend: true, allow_empty: true });
    expect(repo.revision('HEAD^{tree}')).toBe(repo.revision('HEAD^^{tree}'));
    // Only its message: it was empty before.
    await call({ amend: true, message: 'still empty' });
    expect(format('%s')).toBe('still empty');

    repo.git(['checkout', '--quiet', '-b', 'side', 'HEAD^']);
    repo.commitFiles('side', { 'c.txt': 'c\n' });
    repo.git(['merge', '--quiet', '--no-commit', '--no-ff', 'topic']);
    await expect(call({ amend: true })).rejects.toMatchObject({
      details: { reason: 'operation-in-progress' },
    });

    const empty = new GitRepository({ root: tools.folder() });
    empty.git(['checkout', '--quiet', '--orphan', 'fresh']);
    await expect(
      tools.call('git_commit', { repo_path: empty.path, amend: true, confirm: true }),
    ).rejects.toMatchObject({ details: { reason: 'nothing-to-amend' } });
  });

  it('amending what a remote has, or a protected branch, needs a yes of the user', async () => {
    await call({ amend: true, message: 'own' });
    repo.git(['update-ref', 'refs/remotes/origin/topic', 'HEAD']);
    repo.write('a.txt', 'pushed\n').git(['add', '.']);

    const refused = { details: { reason: 'confirmation_required' } };
    await expect(call({ amend: true })).rejects.toMatchObject(refused);
    await call({ amend: true, confirm: true });
    expect(format('%s')).toBe('own');

    repo.git(['branch', '-m', 'main']);
    await expect(call({ amend: true })).rejects.toMatchObject(refused);
    await call({ message: 'a new one asks nothing', allow_empty: true });
  });

  it('makes an empty commit where that is asked for, and not otherwise', async () => {
    const expected = byGit('--allow-empty', '-m', 'empty');

    await expect(call({ message: 'empty' })).rejects.toMatchObject({ details: { reason: 'nothing-staged' } });
    await call({ message: 'empty', allow_empty: true });

    expect(said()).toEqual(expected);
  });

  it('words a fixup as git does, which a rebase with autosquash folds in', async () => {
    const base = repo.revision('HEAD^');
    repo.write('b.txt', 'fixed\n').git(['add', '.']);
    const expected = byGit('--fixup=HEAD');

    await call({ fixup: 'HEAD' });

    expect(said()).toEqual(expected);
    await tools.call('git_rebase', { repo_path: repo.path, target_branch: base, autosquash: true });
    expect(repo.git(['log', '--format=%s', `${base}..`]).trim()).toBe('second');
    expect(repo.git(['show', 'HEAD:b.txt'])).toBe('fixed\n');
  });

  it('writes trailers itself: no program of trailer.*.command runs', async () => {
    repo.git(['config', 'trailer.Acked-by.command', `touch ${repo.path}/ran`]);
    repo.git(['config', 'trailer.Acked-by.cmd', `touch ${repo.path}/ran`]);
    repo.write('a.txt', 'x\n');

    await call({ message: 'm', files: ['a.txt'], trailers: ['Acked-by: Bob', 'Fixes: 12'] });

    expect(format('%B')).toBe('m\n\nAcked-by: Bob\nFixes: 12');
    expect(repo.status()).toBe('');
  });

  it.each([
    ['an author without a mail', { author: 'Ada' }],
    ['an author of two lines', { author: 'Ada\n <ada@example.org>' }],
    ['a trailer that is none', { trailers: ['nothing'] }],
    ['a trailer of two lines', { trailers: ['Acked-by: Bob\nFixes: 1'] }],
  ])('refuses %s', async (_what, args) => {
    const head = repo.head();

    await expect(call({ message: 'm', allow_empty: true, ...args })).rejects.toMatchObject({
      code: 'validation_failed',
    });
    expect(repo.head()).toBe(head);
  });

  it('refuses without a message, and a fixup of nothing', async () => {
    await expect(call({ allow_empty: true })).rejects.toMatchObject({
      code: 'validation_failed',
      details: [{ path: 'arguments.message' }],
    });
    await expect(call({ fixup: 'nowhere' })).rejects.toMatchObject({ code: 'revision_not_found' });
  });

  it('never lets git look into nested repositories, whatever is asked for', async () => {
    const nested = new NestedRepository(repo);
    repo.commit('nested');
    await call({ message: 'empty', allow_empty: true });
    await call({ amend: true });
    await call({ amend: true, message: 'other' });

    expect(nested.wasRun).toBe(false);
  });
});

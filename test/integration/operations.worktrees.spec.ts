import {
  chmodSync,
  cpSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { pictureOf } from '../support/repository-state.js';
import { ToolsOnGit } from '../support/tools-on-git.js';

const refusal = (details: object) => ({ code: 'operation_failed', details });

describe.each(['sha1', 'sha256'] as const)('An undo of linked work trees, on %s', (objectFormat) => {
  let repo: GitRepository;
  let tools: ToolsOnGit;
  let path: string;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    repo = new GitRepository({ objectFormat });
    repo.commitFiles('base', { 'a.txt': 'a\n', 'dir/b.txt': 'b\n', 'c.txt': 'c\n', '.gitignore': '*.log\n' });
    repo.branch('topic').checkout('topic').commitFiles('on topic', { 'dir/new.txt': 'n\n' });
    repo.checkout('main');
    path = join(repo.root, 'linked');
    tools = await ToolsOnGit.start([repo.root]);
  });

  afterEach(async () => {
    await tools.close();
    repo.remove();
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  const call = (name: string, args: object = {}) => tools.call(name, { repo_path: repo.path, ...args });
  const agreed = (name: string, args: object) => tools.callAgreed(name, { repo_path: repo.path, ...args });
  const worktree = (action: string, args: object = {}) => call('git_worktree', { action, path, ...args });
  /** What an undo, a redo and another undo leave. */
  const backAndForth = async () => {
    const left: object[] = [];
    for (const name of ['git_undo', 'git_redo', 'git_undo']) {
      await call(name);
      left.push(pictureOf(repo));
    }
    repo.fsck();
    return left;
  };
  /** Of all kinds that a work tree can hold beyond its commit. */
  const spoil = () => {
    writeFileSync(join(path, 'a.txt'), 'staged\n');
    repo.git(['-C', path, 'add', 'a.txt']);
    writeFileSync(join(path, 'a.txt'), 'changed\n');
    chmodSync(join(path, 'a.txt'), 0o755);
    rmSync(join(path, 'c.txt'));
    repo.git(['-C', path, 'rm', '--quiet', 'dir/b.txt']);
    writeFileSync(join(path, 'added.txt'), 'added\n');
    repo.git(['-C', path, 'add', 'added.txt']);
    writeFileSync(join(path, 'ünï cödé.txt'), Buffer.from([0, 255]));
    writeFileSync(join(path, 'x.log'), 'ignored\n');
    symlinkSync('nowhere', join(path, 'link'));
  };

  /** Its folder is at `path` no more. */
  const gone = (...options: readonly string[]) => {
    repo.git(['worktree', 'add', '--quiet', ...options, path, 'topic']);
    spoil();
    repo.git(['-C', path, 'update-ref', 'refs/worktree/own', 'HEAD']);
    renameSync(path, `${path}2`);
  };
  const admin = (name: string) => repo.file(`.git/worktrees/linked/${name}`);

  it.each([
    ['a new branch', { new_branch: 'fresh', base: 'topic' }],
    ['a branch that was there', { branch: 'topic' }],
    ['no branch', { base: 'topic' }],
    ['no files', { branch: 'topic', checkout: false }],
    ['a lock', { branch: 'topic', reason: 'needed' }],
  ])('removes one that was added with %s', async (_what, args) => {
    const before = pictureOf(repo);
    await worktree('add', args);

    const after = pictureOf(repo);

    expect(after).not.toEqual(before);
    expect(await backAndForth()).toEqual([before, after, before]);

    expect(existsSync(path)).toBe(false);
  });

  it.each([
    ['a changed file', () => writeFileSync(join(path, 'a.txt'), 'mine\n')],
    ['a new file', () => writeFileSync(join(path, 'mine.txt'), 'mine\n')],
    ['an ignored file', () => writeFileSync(join(path, 'mine.log'), 'mine\n')],
    ['a commit', () => repo.git(['-C', path, 'commit', '--quiet', '--allow-empty', '-m', 'mine'])],
    ['another branch', () => repo.git(['-C', path, 'switch', '--quiet', '--detach'])],
  ])('does not remove one that has %s since', async (_what, work) => {
    await worktree('add', { branch: 'topic' });
    work();
    const before = pictureOf(repo);

    await expect(call('git_undo')).rejects.toMatchObject(refusal({ reason: 'newer_work', paths: [path] }));
    expect(pictureOf(repo)).toEqual(before);
  });

  it.each([
    ['locked', () => repo.git(['worktree', 'lock', path]), { reason: 'locked' }],
    ['bisecting', () => repo.git(['-C', path, 'bisect', 'start']), { reason: 'newer_work' }],
  ])('does not remove one that is %s since', async (_what, work, details) => {
    await worktree('add', { branch: 'topic' });
    work();

    await expect(call('git_undo')).rejects.toMatchObject(refusal(details));
    expect(existsSync(path)).toBe(true);
  });

  it('does not remove the one that it is called in', async () => {
    await worktree('add', { branch: 'topic' });

    await expect(call('git_undo', { repo_path: path })).rejects.toMatchObject(refusal({ reason: 'current' }));
    expect(existsSync(path)).toBe(true);
  });

  it.each([
    ['a branch', []],
    ['no branch', ['--detach']],
  ])('brings back one on %s that was removed clean, ignored files too', async (_what, options) => {
    repo.git(['worktree', 'add', '--quiet', ...options, path, 'topic']);
    writeFileSync(join(path, 'x.log'), 'ignored\n');
    const before = pictureOf(repo);
    await worktree('remove');

    const after = pictureOf(repo);

    expect(after).not.toEqual(before);
    expect(await backAndForth()).toEqual([before, after, before]);
  });

  it('brings back all that was lost with one that was removed by force', async () => {
    repo.git(['worktree', 'add', '--quiet', path, 'topic']);
    spoil();
    const before = pictureOf(repo);
    await agreed('git_worktree', { action: 'remove', path, force: true });
    repo.git(['gc', '--quiet', '--prune=now']);

    const after = pictureOf(repo);

    expect(after).not.toEqual(before);
    expect(await backAndForth()).toEqual([before, after, before]);
  });

  it('brings back the name that git has for it', async () => {
    for (const at of ['one/same', 'two/same'])
      repo.git(['worktree', 'add', '--quiet', '--detach', `../${at}`]);
    const before = pictureOf(repo);
    const second = before.linked.find(({ name }) => name === 'same1')?.path ?? '';
    await worktree('remove', { path: second });
    await worktree('remove', { path: second.replace('two', 'one') });

    await call('git_undo', { operation_id: await idOf(1) });
    await call('git_undo');

    expect(pictureOf(repo)).toEqual(before);
  });

  it.each([
    ['move', [], { new_path: '../moved' }],
    ['lock', [], { reason: 'on a stick' }],
    ['lock', [], {}],
    ['unlock', ['--lock', '--reason=two words'], {}],
    ['unlock', ['--lock', '--reason=an undo or redo of mcp-git-server is under way'], {}],
  ])('takes back %s', async (action, options, args) => {
    repo.git(['worktree', 'add', '--quiet', ...options, path, 'topic']);
    writeFileSync(join(path, 'mine.txt'), 'stays\n');
    const before = pictureOf(repo);
    await worktree(action, 'new_path' in args ? { new_path: join(repo.root, 'moved') } : args);

    const after = pictureOf(repo);

    expect(after).not.toEqual(before);
    expect(await backAndForth()).toEqual([before, after, before]);
  });

  it('takes back the new name of a branch that one is on', async () => {
    repo.git(['worktree', 'add', '--quiet', path, 'topic']);
    const before = pictureOf(repo);
    await call('git_branch_edit', { action: 'rename', name: 'topic', new_name: 'ünï/cödé' });
    const after = pictureOf(repo);

    expect(after.linked).not.toEqual(before.linked);
    expect(await backAndForth()).toEqual([before, after, before]);
  });

  it('leaves alone on which branch another one is meanwhile', async () => {
    repo.git(['worktree', 'add', '--quiet', path, 'topic']);
    await call('git_create_branch', { branch_name: 'fresh' });
    repo.git(['-C', path, 'switch', '--quiet', '--create', 'elsewhere']);
    const { linked } = pictureOf(repo);

    await call('git_undo');

    expect(pictureOf(repo).linked).toEqual(linked);
  });

  it('brings back merged ones and their branches', async () => {
    repo.git(['worktree', 'add', '--quiet', '-b', 'done', path]);
    repo.git(['worktree', 'add', '--quiet', `${path}2`, 'topic']);
    const before = pictureOf(repo);
    await agreed('git_worktree', { action: 'prune-merged', delete_branches: true });

    const after = pictureOf(repo);

    expect(after).not.toEqual(before);
    expect(await backAndForth()).toEqual([before, after, before]);
  });

  it('takes back the begin and the end of an isolation', async () => {
    const before = pictureOf(repo);
    const { structured } = await call('git_isolate', { action: 'start' });
    const isolated = pictureOf(repo);
    await agreed('git_isolate', { action: 'finish', path: structured['path'], delete_branch: true });

    const after = pictureOf(repo);

    expect(after).not.toEqual(isolated);
    expect(await backAndForth()).toEqual([isolated, after, isolated]);
    expect(await backAndForth()).toEqual([before, isolated, before]);
  });

  it('removes one that was added before a sparse checkout of the main one, which was taken back', async () => {
    const before = pictureOf(repo);
    await worktree('add', { branch: 'topic' });
    await call('git_sparse_checkout', { action: 'set', paths: ['dir'] });

    await call('git_undo');
    await call('git_undo');

    expect(pictureOf(repo)).toEqual(before);
  });

  it('writes nothing over what stands at its path now', async () => {
    repo.git(['worktree', 'add', '--quiet', path, 'topic']);
    await worktree('remove');
    writeFileSync(path, 'mine\n');

    await expect(call('git_undo')).rejects.toMatchObject(refusal({ reason: 'newer_work', paths: [path] }));
  });

  it('is refused where its branch is in another one now, which is named', async () => {
    repo.git(['worktree', 'add', '--quiet', path, 'topic']);
    await worktree('remove');
    repo.git(['worktree', 'add', '--quiet', `${path}2`, 'topic']);

    await expect(call('git_undo')).rejects.toMatchObject(
      refusal({ reason: 'checked-out', worktree: `${path}2` }),
    );
  });

  it('is refused where its branch is at another commit now', async () => {
    repo.git(['worktree', 'add', '--quiet', path, 'topic']);
    await worktree('remove');
    repo.git(['branch', '--force', 'topic', 'main']);

    await expect(call('git_undo')).rejects.toMatchObject(
      refusal({ reason: 'newer_work', refs: ['refs/heads/topic'] }),
    );
  });

  describe('whose folder is gone or moved', () => {
    it.each([
      ['a branch', []],
      ['no branch', ['--detach']],
    ])('remembers again one on %s that was forgotten, with what was staged in it', async (_what, options) => {
      gone(...options);
      const before = pictureOf(repo);
      await worktree('prune');
      const after = pictureOf(repo);
      repo.git(['gc', '--quiet', '--prune=now']);
      expect(after.linked).toEqual([]);
      expect(await backAndForth()).toEqual([before, after, before]);

      renameSync(`${path}2`, path);
      expect(repo.git(['-C', path, 'rev-parse', 'HEAD', 'refs/worktree/own'])).toContain(
        repo.revision('topic'),
      );
      expect(repo.git(['-C', path, 'show', ':a.txt'])).toBe('staged\n');
    });

    it('forgets nothing that was written there since', async () => {
      gone();
      await worktree('prune');
      await call('git_undo');
      writeFileSync(admin('mine'), 'mine\n');

      await expect(call('git_redo')).rejects.toMatchObject(
        refusal({ reason: 'newer_work', paths: ['worktrees/linked/mine'] }),
      );
      expect(existsSync(admin('mine'))).toBe(true);
    });

    it.each([
      ['another one is at its path', ['--detach', 'linked'], { reason: 'newer_work' }],
      ['another one is on its branch', ['other', 'topic'], { reason: 'checked-out' }],
    ])('does not remember one again where %s', async (_what, [where = '', ...more], details) => {
      gone();
      await worktree('prune');
      const at = where.startsWith('-') ? [where, path] : [join(repo.root, where), ...more];
      repo.git(['worktree', 'add', '--quiet', ...at]);
      const before = pictureOf(repo);

      await expect(call('git_undo')).rejects.toMatchObject(refusal(details));
      expect(pictureOf(repo)).toEqual(before);
    });

    it('says of one with a secret of its own that it is not kept', async () => {
      gone();
      writeFileSync(admin('config.worktree'), '[http]\n\textraHeader = secret\n');
      await worktree('prune');

      await expect(call('git_undo')).rejects.toMatchObject(refusal({ reason: 'own-configuration' }));
    });

    it('unties one that was found where it was moved to', async () => {
      gone();
      const before = pictureOf(repo);
      await worktree('repair', { path: `${path}2` });
      const after = pictureOf(repo);

      expect(after).not.toEqual(before);
      expect(await backAndForth()).toEqual([before, after, before]);
    });

    it('unties one whose own note was mended', async () => {
      repo.git(['worktree', 'add', '--quiet', path, 'topic']);
      writeFileSync(join(path, '.git'), 'gitdir: /nowhere\n');
      const note = () => readFileSync(join(path, '.git'), 'utf8');
      await call('git_worktree', { action: 'repair' });
      const mended = note();
      expect(mended).toContain('/worktrees/linked');

      await call('git_undo');
      expect(note()).toBe('gitdir: /nowhere\n');
      await call('git_redo');
      expect(note()).toBe(mended);
    });

    it('is refused where it was tied anew since', async () => {
      gone();
      await worktree('repair', { path: `${path}2` });
      renameSync(`${path}2`, path);
      repo.git(['worktree', 'repair', path]);

      await expect(call('git_undo')).rejects.toMatchObject(
        refusal({ reason: 'newer_work', paths: ['worktrees/linked/gitdir'] }),
      );
    });
  });

  it('makes none for a log that came with a copy of the repository', async () => {
    repo.git(['worktree', 'add', '--quiet', path, 'topic']);
    await worktree('remove');
    renameSync(repo.path, `${repo.path}.moved`);
    cpSync(`${repo.path}.moved`, repo.path, { recursive: true });

    await expect(call('git_undo')).rejects.toMatchObject(refusal({ reason: 'copied' }));
    expect(existsSync(path)).toBe(false);
  });

  async function idOf(back: number): Promise<string> {
    const { operations } = (await call('git_operations')).structured as { operations: { id: string }[] };
    return operations[back]?.id ?? '';
  }
});

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type ServerError } from '../../src/shared/errors/index.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';

const signal = new AbortController().signal;

describe('Trust in a repository', () => {
  let repo: GitRepository;
  let services: GitServices | undefined;

  beforeEach(() => {
    repo = new GitRepository();
    repo.commitFiles('one', { 'a.txt': 'base\n' });
  });

  afterEach(async () => {
    await services?.close();
    services = undefined;
    repo.remove();
  });

  const start = async (trustedRoots: readonly string[]) => {
    services = await GitServices.start({
      roots: [repo.root],
      config: (git) => (git.trustedRoots = [...trustedRoots]),
    });
    return { services, here: await services.locator.locate(repo.path, signal) };
  };
  const both = [
    ['untrusted', () => [] as string[]],
    ['trusted', () => [repo.root]],
  ] as const;
  const ran = (name: string) => existsSync(join(repo.root, name));
  const leaving = (name: string) => `touch ${join(repo.root, name)}`;

  it('is given to what lies in a trusted folder as a whole, and to nothing else', async () => {
    const worktree = join(repo.root, 'trusted', 'worktree');
    const beside = join(repo.root, 'trusted-beside');
    mkdirSync(join(repo.root, 'trusted'));
    const inside = new GitRepository({ root: join(repo.root, 'trusted'), name: 'own' });
    repo.git(['worktree', 'add', '--quiet', worktree]);
    const { locator } = (await start([join(repo.root, 'trusted')])).services;
    const trustOf = async (path: string) => (await locator.locate(path, signal)).trust;

    expect(await trustOf(inside.path)).toBe('trusted');
    expect(await trustOf(worktree)).toBe('untrusted');
    renameSync(inside.path, beside);
    expect(await trustOf(beside)).toBe('untrusted');
  });

  it.each(both)('lets hooks run: %s', async (trust, roots) => {
    const hooks = ['pre-commit', 'commit-msg', 'post-commit', 'reference-transaction'];
    for (const hook of hooks) {
      repo.write(`.git/hooks/${hook}`, `#!/bin/sh\n${leaving(hook)}\n`, 0o755);
    }
    repo.write('a.txt', 'changed\n').stage('a.txt');
    const { here, services: git } = await start(roots());

    await git.writes.commit(here, { message: 'two' }, signal);

    expect(hooks.map(ran)).toEqual(hooks.map(() => trust === 'trusted'));
  });

  it('does not take the commit of another program, which came in between, for its own', async () => {
    const meanwhile = 'git update-ref HEAD $(git commit-tree -p HEAD -m meanwhile HEAD^{tree})';
    repo.write('.git/hooks/pre-commit', `#!/bin/sh\n${meanwhile}\n`, 0o755);
    repo.write('a.txt', 'two\n').stage('a.txt');
    const { here, services: git } = await start([repo.root]);

    await expect(git.writes.commit(here, { message: 'two' }, signal)).rejects.toMatchObject({
      code: expect.any(String),
    });

    expect(repo.git(['log', '--format=%s']).trim().split('\n')).toEqual(['meanwhile', 'one']);
  });

  it('passes on what a hook says that refuses a commit', async () => {
    repo.write('.git/hooks/pre-commit', '#!/bin/sh\necho "tabs in a.txt" >&2\nexit 1\n', 0o755);
    repo.write('a.txt', 'changed\n').stage('a.txt');
    const { here, services: git } = await start([repo.root]);

    await expect(git.writes.commit(here, { message: 'two' }, signal)).rejects.toMatchObject({
      code: 'operation_failed',
      details: { output: 'tabs in a.txt' },
    });
    expect(repo.git(['log', '--format=%s'])).toBe('one\n');
  });

  it.each(both)('lets filters run: %s', async (trust, roots) => {
    repo.config('filter.up.clean', 'tr a-z A-Z').config('filter.up.smudge', 'tr A-Z a-z');
    repo.write('.gitattributes', '*.up filter=up\n').write('x.up', 'text\n');
    const { here, services: git } = await start(roots());

    await git.writes.add(here, ['.'], signal);
    await git.writes.commit(here, { message: 'two' }, signal);

    expect(repo.git(['show', 'HEAD:x.up'])).toBe(trust === 'trusted' ? 'TEXT\n' : 'text\n');
    expect((await git.cli.run(here, { name: 'status', options: ['--porcelain'] }, signal)).stdout).toBe('');
  });

  it.each(both)('lets merge drivers run: %s', async (trust, roots) => {
    repo.commitFiles('attributes', { '.gitattributes': '*.m merge=ours\n', 'b.m': 'base\n' });
    repo.config('merge.ours.driver', 'true');
    repo.branch('other').commitFiles('on main', { 'b.m': 'main\n' });
    repo.checkout('other').commitFiles('on other', { 'b.m': 'other\n' });
    const { here, services: git } = await start(roots());

    const outcome = await git.writes.merge(here, { source: 'main' }, signal).then(
      (merged) => merged.outcome,
      (error: ServerError) => error.code,
    );

    expect(outcome).toBe(trust === 'trusted' ? 'merged' : 'merge_conflict');
  });

  it.each(both)('lets the signing program of the repository run: %s', async (trust, roots) => {
    const program = join(repo.root, 'sign');
    writeFileSync(
      program,
      `#!/bin/sh\n${leaving('signed')}\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\necho SIGNATURE\n`,
      { mode: 0o755 },
    );
    repo.config('gpg.program', program).config('commit.gpgSign', 'true').config('user.signingKey', 'x');
    repo.write('a.txt', 'changed\n').stage('a.txt');
    const { here, services: git } = await start(roots());

    await git.writes.commit(here, { message: 'two' }, signal);

    expect(ran('signed')).toBe(trust === 'trusted');
    expect(repo.git(['cat-file', '-p', 'HEAD']).includes('gpgsig SIGNATURE')).toBe(trust === 'trusted');
  });

  it('gives nothing to the configuration of remotes, monitors, editors and diffs', async () => {
    const bare = repo.cloneBare();
    repo.git(['remote', 'add', 'origin', bare.path]);
    repo.config('core.fsmonitor', leaving('fsmonitor')).config('core.editor', leaving('editor'));
    repo.config('diff.external', leaving('diff')).config('diff.d.textconv', leaving('textconv'));
    repo.config('remote.origin.uploadpack', leaving('uploadpack')).config('core.sshCommand', leaving('ssh'));
    repo.write('.gitattributes', '* diff=d\n').write('a.txt', 'changed\n');
    const { here, services: git } = await start([repo.root]);

    for (const name of ['status', 'diff']) await git.cli.run(here, { name }, signal);
    await git.remotes.fetch(here, { remote: 'origin' }, () => undefined, signal);

    expect(['fsmonitor', 'editor', 'diff', 'textconv', 'uploadpack', 'ssh'].filter(ran)).toEqual([]);
  });

  it('gives programs the home of the account, but not where a remote is asked', async () => {
    const bare = repo.cloneBare();
    repo.git(['remote', 'add', 'origin', bare.path]);
    for (const hook of ['post-commit', 'pre-push']) {
      repo.write(`.git/hooks/${hook}`, `#!/bin/sh\nenv >${join(repo.root, hook)}\n`, 0o755);
    }
    repo.write('a.txt', 'changed\n').stage('a.txt');
    services = await GitServices.start({
      roots: [repo.root],
      config: (git) => (git.trustedRoots = [repo.root]),
      environment: { PATH: process.env['PATH'], HOME: '/home/ada', AWS_SECRET_ACCESS_KEY: 'secret' },
    });
    const here = await services.locator.locate(repo.path, signal);

    await services.writes.commit(here, { message: 'two' }, signal);
    await services.remotes.push(here, { remote: 'origin' }, () => undefined, signal);

    const seen = (hook: string) => readFileSync(join(repo.root, hook), 'utf8');
    expect(seen('post-commit')).toMatch(/^HOME=\/home\/ada$/m);
    expect(seen('pre-push')).toMatch(/^HOME=\/dev\/null$/m);
    expect(seen('post-commit') + seen('pre-push')).not.toContain('secret');
  });

  it('leaves staged what was, and no more, where a hook refuses the commit', async () => {
    repo.write('.git/hooks/pre-commit', '#!/bin/sh\nexit 1\n', 0o755);
    repo.write('a.txt', 'staged\n').stage('a.txt').write('b.txt', 'new\n').write('c.txt', 'other\n');
    const { services: trusting, here } = await start([repo.root]);
    const commit = (files: string[]) => trusting.writes.commit(here, { message: 'm', files }, signal);

    await expect(commit(['b.txt'])).rejects.toMatchObject({ code: 'operation_failed' });
    expect(repo.status()).toBe('M  a.txt\n?? b.txt\n?? c.txt\n');

    repo.write('.git/hooks/pre-commit', '#!/bin/sh\ngit add c.txt\nexit 1\n', 0o755);
    await expect(commit(['b.txt'])).rejects.toMatchObject({ code: 'operation_failed' });
    expect(repo.status()).toBe('M  a.txt\nA  b.txt\nA  c.txt\n');
  });
});

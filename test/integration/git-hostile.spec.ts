import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type SequencerOperation } from '../../src/git/git-writes.port.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';

const signal = new AbortController().signal;

describe('A repository that somebody prepared', () => {
  let repo: GitRepository;
  let services: GitServices;
  /** Outside the roots; `canary` is what an attack would make there. */
  let outside: string;
  let canary: string;

  beforeEach(async () => {
    repo = new GitRepository();
    outside = realpathSync(mkdtempSync(join(tmpdir(), 'outside-')));
    canary = join(outside, 'canary');
    services = await GitServices.start({ roots: [repo.root] });
  });

  afterEach(async () => {
    await services.close();
    repo.remove();
    rmSync(outside, { recursive: true });
  });

  const located = () => services.locator.locate(repo.path, signal);

  /** A conflict that is resolved, with a second commit to come. */
  async function stopped(operation: 'rebase' | 'cherry-pick'): Promise<void> {
    repo.diverge();
    repo.checkout('other').commitFiles('next', { 'next.txt': 'x' });
    if (operation === 'cherry-pick') repo.checkout('main');
    const args = operation === 'rebase' ? ['rebase', 'main'] : ['cherry-pick', 'main..other'];
    expect(() => repo.git(args)).toThrow('Command failed');
    repo.write('file.txt', 'both\n').stage('file.txt');
    repo.config('alias.merge-evil', `!touch ${canary}`);
  }

  const goOn = async (operation: SequencerOperation) =>
    services.writes.continue(await located(), operation, signal);

  /** Puts a link in the place of a file or folder; what was there moves outside. */
  function moveOut(path: string): string {
    const target = join(outside, basename(path));
    if (repo.has(`.git/${path}`)) cpSync(repo.file(`.git/${path}`), target, { recursive: true });
    rmSync(repo.file(`.git/${path}`), { recursive: true, force: true });
    symlinkSync(target, repo.file(`.git/${path}`));
    return target;
  }

  const remotes = async () => services.remotes.list(await located(), signal);

  describe('with an unfinished operation', () => {
    it.each<['rebase' | 'cherry-pick', string, (path: string) => void]>([
      ['rebase', 'rebase-merge/git-rebase-todo', (path) => writeFileSync(path, `exec touch ${canary}\n`)],
      ['rebase', 'rebase-merge/git-rebase-todo', (path) => appendFileSync(path, `\t x touch ${canary}\n`)],
      ['rebase', 'rebase-merge/git-rebase-todo', (path) => writeFileSync(path, '#'.repeat(2 ** 20 + 1))],
      ['rebase', 'rebase-merge/strategy', (path) => writeFileSync(path, 'evil\n')],
      ['cherry-pick', 'sequencer/opts', (path) => writeFileSync(path, '[options]\n\tstrategy = evil\n')],
      ['cherry-pick', 'sequencer/opts', (path) => writeFileSync(path, '[options]Strategy="evil"\n')],
    ])('runs no program of it (%s, %s)', async (operation, file, prepare) => {
      await stopped(operation);
      prepare(repo.file(`.git/${file}`));

      await expect(goOn(operation)).rejects.toMatchObject({
        code: 'untrusted_config',
        details: { files: [file] },
      });

      expect(existsSync(canary)).toBe(false);
    });

    it.each(['rebase', 'cherry-pick'] as const)(
      'is gone on with where it is ordinary (%s)',
      async (operation) => {
        await stopped(operation);

        await goOn(operation);

        expect(repo.git(['log', '-2', '--format=%s'])).toBe('next\non other\n');
      },
    );
  });

  it.each(['rename', 'remove'] as const)(
    'with a hook on refs is refused the %s of a remote',
    async (action) => {
      repo.commit('one');
      repo.addOrigin();
      repo.write('.git/hooks/reference-transaction', `#!/bin/sh\ntouch ${canary}\n`, 0o755);
      const here = await located();

      const answer =
        action === 'rename'
          ? services.remotes.rename(here, 'origin', 'other', signal)
          : services.remotes.remove(here, 'origin', signal);

      await expect(answer).rejects.toMatchObject({ code: 'untrusted_config' });
      expect(existsSync(canary)).toBe(false);
    },
  );

  describe('with links in the folder of git', () => {
    it.each([
      'COMMIT_EDITMSG',
      'MERGE_MSG',
      'ORIG_HEAD',
      'shallow',
      'logs/HEAD',
      'logs/refs/heads/main',
      'logs/refs',
      'refs/heads',
    ])('writes nothing through %s', async (path) => {
      repo.commitFiles('one', { 'a.txt': '1' });
      repo.write('a.txt', '2').stage('a.txt');
      moveOut(path);
      const before = contentOf(outside);

      await expect(services.writes.commit(await located(), { message: 'two' }, signal)).rejects.toMatchObject(
        {
          code: 'path_not_allowed',
          details: { link: path },
        },
      );

      expect(contentOf(outside)).toEqual(before);
    });

    it('does not take up a repository whose objects are a link', async () => {
      repo.commitFiles('one', { 'a.txt': '1' });
      moveOut('objects/4b');
      const before = contentOf(outside);

      await expect(located()).rejects.toMatchObject({ code: 'path_not_allowed' });

      expect(contentOf(outside)).toEqual(before);
    });

    it('finds the link behind a link', async () => {
      repo.commitFiles('one', { 'a.txt': '1' });
      repo.write('a.txt', '2').stage('a.txt');
      mkdirSync(join(repo.root, 'logs'));
      symlinkSync(canary, join(repo.root, 'logs/HEAD'));
      rmSync(repo.file('.git/logs'), { recursive: true });
      symlinkSync(join(repo.root, 'logs'), repo.file('.git/logs'));

      await expect(services.writes.commit(await located(), { message: 'two' }, signal)).rejects.toMatchObject(
        {
          details: { link: 'logs/HEAD' },
        },
      );
      expect(existsSync(canary)).toBe(false);
    });

    it('pushes to no repository beside it that has them', async () => {
      repo.commit('one');
      const bare = repo.cloneBare();
      repo.git(['remote', 'add', 'origin', bare.path]);
      repo.commit('two');
      rmSync(bare.file('refs/heads'), { recursive: true });
      symlinkSync(outside, bare.file('refs/heads'));

      const push = services.remotes.push(await located(), { remote: 'origin' }, () => undefined, signal);

      await expect(push).rejects.toMatchObject({ code: 'path_not_allowed' });
      expect(readdirSync(outside)).toEqual([]);
    });

    it.each([
      ['hooks, which never run', 'hooks', '/usr/share'],
      ['the lock of an editor', '.#COMMIT_EDITMSG', 'ada@host.1234:5678'],
    ])('minds no link for %s', async (_, path, target) => {
      repo.commitFiles('one', { 'a.txt': '1' });
      repo.write('a.txt', '2').stage('a.txt');
      rmSync(repo.file(`.git/${path}`), { recursive: true, force: true });
      symlinkSync(target, repo.file(`.git/${path}`));

      await expect(
        services.writes.commit(await located(), { message: 'two' }, signal),
      ).resolves.toBeDefined();
    });
  });

  describe('with a configuration that takes in files', () => {
    const taken = '[remote "x"]\n\turl = https://example.org/x\n';

    it.each([
      ['outside', 'include.path', () => join(outside, 'config')],
      ['outside, under a condition', 'includeIf.onbranch:none.path', () => join(outside, 'config')],
      ['outside, by a relative path', 'include.path', () => `../../../${basename(outside)}/config`],
      ['of another account', 'include.path', () => '~root/config'],
      ['of the installation', 'include.path', () => '%(prefix)/config'],
    ])('%s is refused', async (_, key, path) => {
      writeFileSync(join(outside, 'config'), taken);
      repo.config(key, path());

      await expect(remotes()).rejects.toMatchObject({
        code: 'untrusted_config',
        details: { keys: ['include.path'] },
      });
    });

    it('inside is refused where those take in others', async () => {
      writeFileSync(join(outside, 'config'), taken);
      repo.write('.git/inside', `[include]\n\tpath = ${join(outside, 'config')}\n`);
      repo.config('include.path', 'inside');

      await expect(remotes()).rejects.toMatchObject({ code: 'untrusted_config' });
    });

    it('inside, or which are not there, is read', async () => {
      repo.write('.git/inside', taken);
      repo
        .config('include.path', 'inside')
        .config('include.path', 'absent')
        .config('include.path', '~/absent');

      expect(await remotes()).toMatchObject([{ name: 'x' }]);
    });
  });

  it.each([
    ['branch.main.mergeOptions', '--no-commit -s ours'],
    ['pull.twohead', 'ours'],
  ])('does not choose by %s what a merge throws away', async (key, value) => {
    const { main, other } = repo.diverge();
    repo.git(['checkout', '--quiet', '-B', 'topic', other]);
    repo.commitFiles('topic', { 'topic.txt': 'x', 'file.txt': 'base\n' });
    repo.checkout('main').config(key, value);

    const merged = await services.writes.merge(await located(), { source: 'topic' }, signal);

    expect(merged.outcome).toBe('merged');
    expect(repo.git(['log', '-1', '--format=%P'])).toContain(main);
    expect(repo.has('topic.txt')).toBe(true);
  });

  it('does not choose what a rebase throws away', async () => {
    repo.diverge();
    repo.checkout('other').config('pull.twohead', 'ours');

    await expect(services.writes.rebase(await located(), { upstream: 'main' }, signal)).rejects.toMatchObject(
      {
        code: 'merge_conflict',
      },
    );
  });

  it('does not choose what a cherry-pick throws away', async () => {
    repo.diverge();
    repo.commitFiles('more', { 'more.txt': 'x' });
    repo.checkout('other').config('pull.twohead', 'ours');

    await services.writes.cherryPick(await located(), { commits: 'main', noCommit: false }, signal);

    expect(repo.has('more.txt')).toBe(true);
  });
});

/** Names and contents of everything below a folder. */
function contentOf(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return `${path} ${entry.isFile() ? readFileSync(path, 'base64') : ''}`;
  });
}

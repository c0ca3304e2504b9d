import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GitRemotes } from '../../src/git/git-writes.port.js';
import { type Repository } from '../../src/git/repository.js';
import { type GitRepository } from '../support/git-repository.js';
import { RemotePlace } from './git-remotes.harness.js';

const signal = new AbortController().signal;
const quiet = () => undefined;

describe('Remotes', () => {
  let place: RemotePlace;
  let repo: GitRepository;
  let bare: GitRepository;
  let remotes: GitRemotes;
  let here: Repository;

  beforeEach(async () => {
    place = await RemotePlace.start();
    ({ repo, bare, remotes, here } = place);
  });

  afterEach(() => place.end());

  describe('the list of them', () => {
    it('can be added to, renamed, changed and taken from', async () => {
      await remotes.add(here, 'other', 'https://example.org/x.git', signal);
      await remotes.rename(here, 'other', 'another', signal);
      await remotes.setUrl(here, 'another', 'git@example.org:x/y.git', false, signal);
      await remotes.remove(here, 'origin', signal);

      expect(await remotes.list(here, signal)).toEqual([
        { name: 'another', fetchUrl: 'git@example.org:x/y.git', pushUrl: 'git@example.org:x/y.git' },
      ]);
    });

    it('shows no credential', async () => {
      repo.git(['remote', 'add', 'secret', 'https://user:hunter2@example.org/x.git']);

      const shown = JSON.stringify(await remotes.list(here, signal));

      expect(shown).toContain('https://***@example.org/x.git');
      expect(shown).not.toContain('hunter2');
    });

    it.each([
      ['an option', '--upload-pack=touch owned'],
      ['a transport helper', 'ext::sh -c id'],
      ['a path outside', '/etc'],
      ['an option as host', 'ssh://-oProxyCommand=id/x'],
      ['a loopback address', 'https://127.0.0.1/x.git'],
    ])('refuses %s as a URL', async (_, url) => {
      await expect(remotes.add(here, 'bad', url, signal)).rejects.toMatchObject({
        code: expect.stringMatching(/^(operation_failed|path_not_allowed|forbidden)$/) as string,
      });
      expect(await remotes.list(here, signal)).toHaveLength(1);
    });

    it('refuses a name that is taken, that is unknown, that is none', async () => {
      const url = 'https://example.org/x.git';

      await expect(remotes.add(here, 'origin', url, signal)).rejects.toMatchObject({
        details: { reason: 'remote-exists' },
      });
      await expect(remotes.setUrl(here, 'nobody', url, false, signal)).rejects.toMatchObject({
        details: { reason: 'unknown-remote', remotes: ['origin'] },
      });
      await expect(remotes.add(here, '--mirror', url, signal)).rejects.toMatchObject({
        details: { reason: 'invalid-name' },
      });
    });
  });

  describe('cloning', () => {
    it('makes a repository and says where its HEAD is', async () => {
      const reports: number[] = [];
      const path = join(repo.root, 'copy');

      const clone = await remotes.clone(
        { url: bare.path, path },
        ({ current }) => reports.push(current),
        signal,
      );

      expect(clone).toMatchObject({ path, bare: false, branch: 'main', head: repo.head() });
      expect(reports).toEqual(reports.toSorted((a, b) => a - b));
      expect(reports.length).toBeGreaterThan(0);
    });

    it('makes a bare one, a shallow one, one of another branch', async () => {
      repo.branch('other').checkout('other');
      const two = repo.commitFiles('two', { 'a.txt': '2\n' });
      const request = {
        url: repo.path,
        path: join(repo.root, 'copy.git'),
        branch: 'other',
        depth: 1,
        bare: true,
      };

      const clone = await remotes.clone(request, quiet, signal);

      expect(clone).toMatchObject({ bare: true, branch: 'other', head: two });
      expect(existsSync(join(clone.gitDir, 'shallow'))).toBe(true);
    });

    it.each([
      ['a branch that is not there', { branch: 'nowhere' }, 'revision_not_found'],
      ['a URL that is none', { url: 'nothing' }, 'operation_failed'],
    ])('leaves nothing behind after %s', async (_, change, code) => {
      const request = { url: bare.path, path: join(repo.root, 'copy'), ...change };

      await expect(remotes.clone(request, quiet, signal)).rejects.toMatchObject({ code });

      expect(existsSync(request.path)).toBe(false);
    });

    it('leaves nothing behind when its caller gives up, and the empty folder if there was one', async () => {
      const path = join(repo.root, 'copy');
      mkdirSync(path);
      const caller = new AbortController();

      const clone = remotes.clone({ url: bare.path, path }, () => caller.abort(), caller.signal);

      await expect(clone).rejects.toMatchObject({ code: 'operation_cancelled' });
      expect(readdirSync(path)).toEqual([]);
    });

    it('never touches what is there already', async () => {
      await expect(remotes.clone({ url: bare.path, path: repo.path }, quiet, signal)).rejects.toMatchObject({
        details: { reason: 'not-empty' },
      });
      expect(readdirSync(repo.path)).toContain('a.txt');
    });

    it.each(['../escape', '/tmp/escape', 'repo/.git/hooks', 'remote.git/hooks2'])(
      'refuses %s as its place',
      async (path) => {
        await expect(remotes.clone({ url: bare.path, path }, quiet, signal)).rejects.toMatchObject({
          code: 'path_not_allowed',
        });
      },
    );
  });

  it('runs no hook at either end', async () => {
    const canary = join(repo.root, 'canary');
    repo.commitFiles('two', { 'a.txt': '2\n' });
    const hook = `#!/bin/sh\necho "$0" >> '${canary}'\n`;
    for (const name of [
      'pre-receive',
      'update',
      'post-receive',
      'post-update',
      'reference-transaction',
      'proc-receive',
    ]) {
      bare.write(`hooks/${name}`, hook, 0o755);
      repo.write(`.git/hooks/${name}`, hook, 0o755);
    }
    for (const name of ['pre-push', 'post-merge', 'post-checkout', 'pre-rebase'])
      repo.write(`.git/hooks/${name}`, hook, 0o755);
    bare.config('core.hooksPath', 'hooks').config('core.fsmonitor', `touch '${canary}'`);
    bare
      .config('core.alternateRefsCommand', `touch '${canary}'`)
      .config('uploadpack.packObjectsHook', `touch '${canary}'`);
    await remotes.push(here, { remote: 'origin' }, quiet, signal);
    await remotes.pull(here, { remote: 'origin' }, quiet, signal);
    await remotes.clone({ url: bare.path, path: join(repo.root, 'copy') }, quiet, signal);

    expect(existsSync(canary)).toBe(false);
  });

  it("gives the repository's configuration no say in which program answers", async () => {
    const canary = join(repo.root, 'canary');
    repo.config('remote.origin.uploadpack', `touch '${canary}';git-upload-pack`);
    repo.config('remote.origin.receivepack', `touch '${canary}';git-receive-pack`);
    repo.commitFiles('two', { 'a.txt': '2\n' });

    await remotes.fetch(here, { remote: 'origin' }, quiet, signal);
    await remotes.push(here, { remote: 'origin' }, quiet, signal);

    expect(existsSync(canary)).toBe(false);
  });

  it.each([
    ['receive.fsck.skipList', '/etc/passwd', ['receive.fsck.skiplist']],
    ['include.path', '/etc/passwd', ['include.path']],
  ])('does not serve a repository of this machine that sets %s', async (key, value, keys) => {
    bare.config(key, value);
    repo.commit('two');

    for (const talk of [
      () => remotes.push(here, { remote: 'origin', branch: 'main' }, quiet, signal),
      () => remotes.fetch(here, { remote: 'origin' }, quiet, signal),
    ])
      await expect(talk()).rejects.toMatchObject({ code: 'untrusted_config', details: { keys } });
  });

  it.each([
    ['url./elsewhere/.insteadOf', '/'],
    ['remote.origin.vcs', 'ext'],
    ['core.gitProxy', 'touch owned'],
    ['http.sslCert', '/etc/passwd'],
    ['http.curloptResolve', 'example.org:443:127.0.0.1'],
    ['fetch.bundleURI', 'https://example.org/x.bundle'],
    ['fetch.fsck.skipList', '/etc/passwd'],
  ])('refuses the network to a repository that sets %s', async (key, value) => {
    repo.config(key, value);

    await expect(remotes.fetch(here, { remote: 'origin' }, quiet, signal)).rejects.toMatchObject({
      code: 'untrusted_config',
      details: {
        keys: [expect.stringMatching(new RegExp(`^${key.replaceAll('.', String.raw`\.`)}$`, 'i')) as string],
      },
    });
  });
});

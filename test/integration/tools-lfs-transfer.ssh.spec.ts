import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { LfsOverSsh } from '../../src/git/lfs/transfer/lfs-over-ssh.service.js';
import { RemoteCircuits } from '../../src/git/remotes/remote-circuits.service.js';
import { RemotePolicy } from '../../src/git/remotes/remote-policy.service.js';
import { parseRemoteUrl, type RemoteUrl } from '../../src/git/remotes/remote-url.js';
import { SshCommands } from '../../src/git/remotes/ssh-commands.service.js';
import { systemClock } from '../../src/shared/clock.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';
import { LfsHttpServer } from '../support/lfs-http-server.js';
import { SshFarSide } from '../support/ssh-far-side.js';
import { HAS_SSHD } from '../support/sshd.js';
import { lfsId } from '../support/lfs-pointer.js';
import { lfsTransfer } from './tools-lfs-transfer.harness.js';

const SECRET = 'Bearer told-over-ssh';
const PATH = process.env['PATH'] ?? '';

describe.each([
  ['a program in the place of ssh', SshFarSide.standIn, false],
  ['sshd', SshFarSide.sshd, !HAS_SSHD],
])('git_lfs_transfer over ssh, with %s', (_who, start, isSkipped) => {
  let far: SshFarSide;

  // Each is looked for anew in PATH, whose first folder stays.
  beforeAll(async () => {
    if (isSkipped) return;
    far = await start();
    process.env['PATH'] = `${far.bin}:${PATH}`;
  });
  afterAll(async () => {
    process.env['PATH'] = PATH;
    await far?.close();
  });

  describe.skipIf(isSkipped)('moves content: it', () => {
    const here = lfsTransfer();
    const { commit, fetch, inStore, push, putInStore, shown } = here;

    beforeEach(() => {
      const { user, port } = far;
      here.repo.git(['remote', 'set-url', 'origin', `ssh://${user}@127.0.0.1:${port}/team/app.git`]);
      far.answers({
        href: `${here.server.remote}/info/lfs`,
        header: { Authorization: SECRET },
        expires_in: 3_600,
      });
    });

    it('asks the server that the remote names, and shows it what the remote says', async () => {
      commit({ 'a.bin': 'aaaa' });
      here.server.has('aaaa');
      const before = far.questions.length;

      const { structured, text } = await fetch();

      expect(structured).toMatchObject({ effects: [{ subject: 'a.bin' }], failed: [] });
      expect(inStore()).toEqual([lfsId('aaaa')]);
      expect(shown()).toEqual([SECRET, SECRET]);
      expect(far.questions.slice(before)).toEqual(['team/app.git download']);
      expect(JSON.stringify([structured, text])).not.toContain(SECRET);
    });

    it('says that it sends', async () => {
      commit({ 'a.bin': 'aaaa' });
      putInStore('aaaa');
      here.server.verifies = true;

      await push();

      expect(far.questions.at(-1)).toBe('team/app.git upload');
      expect(here.server.verified).toEqual([{ oid: lfsId('aaaa'), size: 4 }]);
    });

    it.each([
      ['once where its answer is good for long', 3_600, 1],
      ['anew where its answer is no longer good', 1, 2],
    ])('asks the remote %s', async (_what, expires_in, times) => {
      const contents = Array.from({ length: 101 }, (_, index) => `content ${index}`);
      commit(Object.fromEntries(contents.map((content, index) => [`${index}.bin`, content])));
      here.server.has(...contents);
      far.answers({ href: `${here.server.remote}/info/lfs`, expires_in });
      const before = far.questions.length;

      await fetch();

      expect(inStore()).toHaveLength(101);
      expect(far.questions.length - before).toBe(times);
    });

    it('takes the path for one word, whatever is in it', async () => {
      commit({ 'a.bin': 'aaaa' });
      const { user, port, folder } = far;
      const odd = `it's;touch$IFS${folder}/canary&|x.git`;
      here.repo.git(['remote', 'set-url', 'origin', `ssh://${user}@127.0.0.1:${port}/${odd}`]);
      here.server.has('aaaa');

      await fetch();

      expect(far.questions.at(-1)).toBe(`${odd} download`);
      expect(existsSync(join(folder, 'canary'))).toBe(false);
    });

    it('shows no other host what the remote says', async () => {
      commit({ 'a.bin': 'aaaa' });
      here.server.has('aaaa');
      const other = await LfsHttpServer.start();
      other.has('aaaa');
      here.server.action = () => ({ href: `http://${other.host}/content/${lfsId('aaaa')}` });

      await fetch();
      await other.close();

      expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    });

    it.each([
      ['no JSON', 'Welcome!', 0, 'bad-answer'],
      ['more than anybody reads', `{"href": "${'x'.repeat(100_000)}"}`, 0, 'bad-answer'],
      ['a file', '{"href": "file:///etc/passwd"}', 0, 'bad-answer'],
      ['an option', '{"href": "--upload-pack=x"}', 0, 'invalid-url'],
      ['a protocol that is not allowed', '{"href": "https://127.0.0.1/x"}', 0, 'protocol-not-allowed'],
      ['nothing but that it failed', '', 3, 'lfs-needs-http'],
    ])('refuses a remote that says %s', async (_what, answer, exitCode, reason) => {
      commit({ 'a.bin': 'aaaa' });
      here.server.has('aaaa');
      far.answers(answer, exitCode);

      await expect(fetch()).rejects.toMatchObject({ details: { reason } });
      expect(here.server.requests).toEqual([]);
    });

    it('says what to do where the remote does not know the question', async () => {
      commit({ 'a.bin': 'aaaa' });
      far.knowsNothing();

      await expect(fetch()).rejects.toMatchObject({
        message: expect.stringContaining('add a remote with the https URL'),
        details: { reason: 'lfs-needs-http', protocol: 'ssh' },
      });
    });

    it('tells the server no header that is more than one line', async () => {
      commit({ 'a.bin': 'aaaa' });
      here.server.has('aaaa');
      far.answers({ href: `${here.server.remote}/info/lfs`, header: { 'x-a': 'b\r\nx-smuggled: yes' } });

      await expect(fetch()).rejects.toMatchObject({ details: { reason: 'bad-answer' } });
      expect(here.server.requests).toEqual([]);
    });
  });
});

const URL = 'git@example.org:team/app.git';
const OPTIONS = [
  '-oBatchMode=yes',
  '-oConnectTimeout=15',
  '-oServerAliveInterval=15',
  '-oClearAllForwardings=yes',
  '-oHostName=140.82.121.3',
  '-oHostKeyAlias=example.org',
  '-oIdentitiesOnly=yes',
  '-oIdentityFile="/keys/a key"',
];
type SshUrl = Extract<RemoteUrl, { protocol: 'ssh' }>;

describe('The ssh that asks for an LFS server', () => {
  const { signal } = new AbortController();
  let far: SshFarSide;
  let repo: GitRepository;
  let services: GitServices;

  beforeEach(async () => {
    far = SshFarSide.standIn();
    repo = new GitRepository();
    services = await GitServices.start({
      roots: [repo.root],
      environment: { PATH: `${far.bin}:${PATH}`, SECRET_OF_SERVER: 'hunter2', SSH_AUTH_SOCK: '/agent' },
      config: (git) => {
        git.remote.protocols = ['ssh', 'http'];
        git.credentials = [{ host: 'example.org', sshKeyFile: '/keys/a key' }];
      },
      resolver: { resolve: () => Promise.resolve(['140.82.121.3']) },
    });
  });
  afterEach(async () => {
    await services.close();
    await far.close();
    repo.remove();
  });

  it('goes to the address that was checked, as that of git does, and what it is told is checked as well', async () => {
    far.answers({ href: 'http://127.0.0.1:1/info/lfs', header: { Authorization: SECRET } });
    const policy = services.get(RemotePolicy);
    const lfs = new LfsOverSsh(services.get(SshCommands), policy, services.get(RemoteCircuits), systemClock);
    const { access } = await policy.approve(URL, signal);
    const remote = { ...(parseRemoteUrl(URL) as SshUrl), options: access.sshOptions ?? [] };

    const asked = lfs.servers(remote).for('download', signal);

    await expect(asked).rejects.toMatchObject({ code: 'forbidden', details: { reason: 'private-address' } });
    const end = far.toldLines.indexOf('git-lfs-authenticate team/app.git download');
    expect(far.toldLines.slice(0, end)).toEqual([...OPTIONS, '--', 'git@example.org']);
    expect(far.toldLines).toEqual(expect.arrayContaining(['HOME=/dev/null', 'SSH_AUTH_SOCK=/agent']));
    expect(far.toldLines.join('\n')).not.toContain('hunter2');
  });

  it('is given the options that git gives it', async () => {
    repo.git(['remote', 'add', 'origin', URL]);
    const here = await services.locator.locate(repo.path, signal);

    const fetched = services.remotes.fetch(here, { remote: 'origin' }, () => undefined, signal);

    await expect(fetched).rejects.toMatchObject({ code: expect.any(String) });
    expect(far.toldLines.slice(0, OPTIONS.length)).toEqual(OPTIONS);
  });
});

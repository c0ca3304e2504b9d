import { describe, expect, it } from 'vitest';

import { GitConfig } from '../../config/sections/index.js';
import { GitFolderLinks } from '../paths/git-folder-links.js';
import { type RepositoryLocator } from '../repository-locks.port.js';
import { type GitCli } from '../git-cli.port.js';
import { FarSideGuard } from './far-side.guard.js';
import { HostCredentials } from './host-credentials.service.js';
import { RemotePolicy } from './remote-policy.service.js';

const signal = new AbortController().signal;

const localOnly: RepositoryLocator = {
  locate: async (path) => ({
    path: `/real${path}`,
    gitDir: `/real${path}/.git`,
    commonDir: `/real${path}/.git`,
    bare: false,
    objectFormat: 'sha1',
    refFormat: 'files',
    trust: 'untrusted',
  }),
  locateNew: async (path) => path,
};

function policy(
  addresses: readonly string[] = ['140.82.121.3'],
  change: (git: GitConfig) => void = () => undefined,
) {
  const config = new GitConfig();
  change(config);
  return new RemotePolicy(
    config,
    localOnly,
    { resolve: async () => addresses },
    new GitFolderLinks(config),
    new HostCredentials(config, { TOKEN: 'hunter2' }),
    new FarSideGuard({ run: async () => ({ stdout: '' }) } as unknown as GitCli),
  );
}

describe('The policy of remotes', () => {
  it('pins the addresses that were checked, for https', async () => {
    const approved = await policy(['140.82.121.3', '2606:50c0::1']).approve(
      'https://example.org/x.git',
      signal,
    );

    expect(approved).toMatchObject({
      url: 'https://example.org/x.git',
      host: 'example.org',
      access: {
        protocol: 'https',
        settings: [['http.curloptResolve', 'example.org:443:140.82.121.3,[2606:50c0::1]']],
      },
    });
  });

  it('pins the address for git, and keeps the name for the server of many', async () => {
    const approve = policy(['140.82.121.3'], (git) => git.remote.protocols.push('git'));

    expect(await approve.approve('git://example.org/x.git', signal)).toMatchObject({
      url: 'git://140.82.121.3:9418/x.git',
      access: { protocol: 'git', virtualHost: 'example.org:9418' },
    });
    await expect(policy().approve('git://example.org/x.git', signal)).rejects.toMatchObject({
      code: 'forbidden',
      details: { reason: 'protocol-not-allowed' },
    });
  });

  it.each([
    ['the host', 'https://example.org/x.git', 'me:hunter2'],
    ['a port that was configured', 'https://example.org:8443/x.git', 'x-access-token:hunter2'],
    ['no other port', 'https://example.org:444/x.git', undefined],
    ['no other host', 'https://example.org.evil.com/x.git', undefined],
    ['nobody in the clear', 'http://example.org/x.git', undefined],
    ['no host that the URL has one for', 'https://a:b@example.org/x.git', 'a:b'],
    ['the host, though the URL has a name', 'https://ada@example.org/x.git', 'me:hunter2'],
    ['no other host, which gets the name or token of the URL', 'https://token@example.com/x.git', 'token:'],
  ])('shows the credential to %s', async (_, url, shown) => {
    const { access } = await policy(['140.82.121.3'], (git) => {
      git.remote.protocols.push('http');
      git.credentials = [
        { host: 'example.org', username: 'me', secretVariable: 'TOKEN' },
        { host: 'example.org:8443', secretVariable: 'TOKEN' },
        { host: 'example.org:80', secretVariable: 'TOKEN' },
      ];
    }).approve(url, signal);

    const { username, password } = access.credential ?? {};
    expect(access.credential && `${username}:${password}`).toBe(shown);
  });

  it('gives ssh the key of the host, and no other', async () => {
    const { access } = await policy(['140.82.121.3'], (git) => {
      git.credentials = [{ host: 'example.org', sshKeyFile: `/keys/it's "100%" mine` }];
    }).approve('git@example.org:x.git', signal);

    expect(access.sshOptions?.slice(2)).toEqual([
      '-oIdentitiesOnly=yes',
      String.raw`-oIdentityFile="/keys/it's \"100%%\" mine"`,
    ]);
  });

  it('says that a credential cannot be read, and not where it should be', async () => {
    const unreadable = policy(['140.82.121.3'], (git) => {
      git.credentials = [{ host: 'example.org', secretFile: '/nowhere/secret' }];
    }).approve('https://example.org/x.git', signal);

    await expect(unreadable).rejects.toMatchObject({
      code: 'operation_failed',
      details: { reason: 'credential-unreadable', setting: 'git.credentials' },
    });
  });

  it('lets no credential into the configuration of a repository', async () => {
    await expect(policy().check('https://me:hunter2@example.org/x.git', signal)).rejects.toMatchObject({
      code: 'operation_failed',
      details: { reason: 'credential-in-url' },
    });
  });

  it('pins the address for ssh, and keeps the name for the check of the key', async () => {
    const { access } = await policy().approve('git@example.org:x.git', signal);

    expect(access).toEqual({
      protocol: 'ssh',
      sshOptions: ['-oHostName=140.82.121.3', '-oHostKeyAlias=example.org'],
    });
  });

  it('hands a credential on apart from the URL', async () => {
    const { url, access } = await policy().approve('https://ada:secret@example.org/x', signal);

    expect(url).toBe('https://example.org/x');
    expect(access.credential).toEqual({
      origin: 'https://example.org',
      username: 'ada',
      usernameIsSecret: true,
      password: 'secret',
    });
  });

  it.each([
    ['the only address', ['127.0.0.1']],
    ['one address of several', ['140.82.121.3', '10.0.0.1']],
    ['no address', []],
  ])('refuses a name that leads to a private network by %s', async (_, addresses) => {
    await expect(policy(addresses).approve('https://example.org/x', signal)).rejects.toMatchObject({
      code: 'forbidden',
      details: { reason: 'private-address' },
    });
  });

  it.each([
    'https://127.0.0.1/x',
    'https://[::1]/x',
    'https://[::ffff:127.0.0.1]/x',
    'https://169.254.169.254/latest',
    'https://2130706433/x',
    'https://0177.0.0.1/x',
    'https://0x7f.1/x',
    'https://localhost/x',
    'ssh://git@10.0.0.1/x',
    'git@192.168.0.1:x',
  ])('refuses %s before anything is looked up', async (url) => {
    await expect(policy().check(url, signal)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('lets private addresses pass where they are allowed, without a pin', async () => {
    const allowing = policy(['10.0.0.1'], (git) => {
      git.remote.allowPrivateAddresses = true;
    });

    expect((await allowing.approve('https://git.internal/x', signal)).access.settings).toEqual([]);
  });

  it.each([
    ['http://example.org/x', ['https', 'ssh']],
    ['git@example.org:x', ['https']],
    ['/srv/x', ['https', 'ssh']],
  ])('refuses %s where its protocol is not among %j', async (url, protocols) => {
    const strict = policy(undefined, (git) => {
      git.remote.protocols = protocols;
    });

    await expect(strict.approve(url, signal)).rejects.toMatchObject({
      code: 'forbidden',
      details: { setting: 'git.remote.protocols' },
    });
  });

  it('takes a local repository by its real path, and hardens its far side', async () => {
    const { url, uploadPack, receivePack } = await policy().approve("/a'b", signal);

    expect(url).toBe("/real/a'b");
    expect(uploadPack).toContain('-c core.hooksPath=/dev/null');
    expect(uploadPack).toContain(String.raw`-c safe.directory='/real/a'\''b' -c`);
    expect(receivePack).toMatch(/ receive-pack$/);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { LfsServer } from '../../src/git/lfs/transfer/lfs-server.js';
import { RemotePolicy } from '../../src/git/remotes/remote-policy.service.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';
import { LfsHttpServer } from '../support/lfs-http-server.js';
import { lfsId } from '../support/lfs-pointer.js';

const { signal } = new AbortController();
const OBJECT = { oid: lfsId('aaaa'), size: 4, extended: false };
const BASIC = `Basic ${Buffer.from('ada:hunter2').toString('base64')}`;

const action = (href: string) => ({ href, header: {}, authenticated: false });

/** What was approved is asked, wherever it is: the policy of these tests lets nobody at this machine. */
describe('LfsServer', () => {
  let repo: GitRepository;
  let services: GitServices;
  let there: LfsHttpServer;
  let server: LfsServer;

  beforeAll(async () => {
    repo = new GitRepository();
    services = await GitServices.start({
      roots: [repo.root],
      config: (git) => {
        git.remote.protocols = ['https', 'http'];
      },
      resolver: {
        resolve: (host) =>
          Promise.resolve(host === 'inside.example.org' ? ['93.184.216.34', '10.0.0.1'] : []),
      },
    });
  });
  afterAll(async () => {
    await services.close();
    repo.remove();
  });

  beforeEach(async () => {
    there = await LfsHttpServer.start();
    there.has('aaaa');
    server = at('127.0.0.1');
  });
  afterEach(async () => {
    server.close();
    await there.close();
  });

  const at = (host: string, addresses: readonly string[] = [], protocol: 'http' | 'https' = 'http') => {
    const port = Number(there.host.split(':')[1]);
    const place = { protocol, host, port, path: '/team/app.git/info/lfs', addresses };
    return new LfsServer(place, { authorization: BASIC }, services.get(RemotePolicy));
  };
  const batch = (of = server) => of.batch({ operation: 'download', objects: [OBJECT] }, signal);

  it('connects to the address that was checked, whatever the name is said to be by then', async () => {
    server.close();
    server = at('lfs.example.org', ['127.0.0.1']);

    const answers = await batch();

    expect(answers.get(OBJECT.oid)?.download?.href).toContain(OBJECT.oid);
    expect(there.requests[0]?.headers.host).toBe(`lfs.example.org:${there.host.split(':')[1]}`);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://127.0.0.1/a',
    'http://[::1]/a',
    'http://2130706433/a',
    'http://localhost/a',
    'http://inside.example.org/a',
    'http://nowhere.example.org/a',
  ])('asks nobody at %s', async (href) => {
    await expect(server.download(action(href), 0, signal)).rejects.toMatchObject({
      code: 'forbidden',
      details: { reason: 'private-address' },
    });
    expect(there.requests).toEqual([]);
  });

  it('shows its host the credential', async () => {
    await batch();

    expect(there.requests.map(({ headers }) => headers.authorization)).toEqual([BASIC]);
  });

  it('takes nothing for the host that speaks no TLS', async () => {
    server.close();
    server = at('127.0.0.1', [], 'https');

    await expect(batch()).rejects.toMatchObject({ details: { reason: 'certificate' } });
  });
});

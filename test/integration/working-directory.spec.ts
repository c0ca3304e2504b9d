import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { RecoveryModule } from '../../src/recovery/recovery.module.js';
import { GitRepository } from '../support/git-repository.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { TestServer } from '../support/test-server.js';

const call = (client: TestClient, name: string, args: object = {}) =>
  client.request('tools/call', { params: { name, arguments: args } });
const resultOf = (frame: Frame) => frame['result']?.structuredContent as unknown;
const branchAt = async (client: TestClient, args: object) =>
  resultOf(await call(client, 'git_branch', { branch_type: 'local', ...args })) as object;

describe('The working directory of a session', () => {
  let repo: GitRepository;
  let stores: TemporaryFolder;
  const servers: TestServer[] = [];
  const clients: TestClient[] = [];

  async function start(store = 'first'): Promise<TestServer> {
    const server = await TestServer.start({
      settings: {
        git: { roots: [repo.root] },
        sessions: { store: { kind: 'file', path: join(stores.path, store) } as never },
      },
      modules: [RecoveryModule],
    });
    servers.push(server);
    return server;
  }

  async function begin(server: TestServer): Promise<TestClient> {
    const client = await TestClient.begin(server.url);
    clients.push(client);
    return client;
  }

  beforeEach(() => {
    repo = new GitRepository();
    repo.commitFiles('one', { 'src/a.txt': 'a\n' });
    stores = new TemporaryFolder();
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    for (const server of servers.splice(0).toReversed()) await server.stop();
    stores.remove();
    repo.remove();
  });

  it('is where relative paths start, and what is meant where no path is given', async () => {
    const other = new GitRepository({ root: repo.root, name: 'other' });
    other.commit('two');
    other.branch('only-there');
    const client = await begin(await start());

    const set = resultOf(await call(client, 'git_set_working_dir', { path: repo.root }));
    const inOther = await branchAt(client, { repo_path: 'other' });
    const deeper = resultOf(await call(client, 'git_set_working_dir', { path: 'repo/src' }));
    const here = await branchAt(client, {});
    const above = await branchAt(client, { repo_path: '../../other' });
    const absolute = await branchAt(client, { repo_path: other.path });

    expect(set).toEqual({ working_dir: repo.root });
    expect(deeper).toEqual({ working_dir: repo.file('src'), repository: repo.path });
    expect(JSON.stringify(inOther)).toContain('only-there');
    expect(JSON.stringify(here)).not.toContain('only-there');
    expect([above, absolute]).toEqual([inOther, inOther]);
  });

  it('is where a new repository is made', async () => {
    const client = await begin(await start());
    await call(client, 'git_set_working_dir', { path: repo.root });

    const made = resultOf(await call(client, 'git_init', { repo_path: 'fresh' }));

    expect(made).toMatchObject({ path: join(repo.root, 'fresh') });
  });

  it('is of one session alone, and can be told and forgotten', async () => {
    const server = await start();
    const [one, two] = [await begin(server), await begin(server)];
    await call(one, 'git_set_working_dir', { path: repo.path });

    const told = [await call(one, 'git_set_working_dir'), await call(two, 'git_set_working_dir')];
    const cleared = resultOf(await call(one, 'git_set_working_dir', { clear: true }));
    const refused = await call(one, 'git_status');

    expect(told.map(resultOf)).toEqual([
      { working_dir: repo.path, repository: repo.path },
      { working_dir: null },
    ]);
    expect(cleared).toEqual({ working_dir: null });
    expect(refused['error']).toMatchObject({ code: 'validation_failed' });
  });

  it('does not lead out of the roots', async () => {
    const client = await begin(await start());
    symlinkSync(stores.path, join(repo.root, 'out'));
    mkdirSync(join(repo.root, 'empty'));

    for (const path of [
      stores.path,
      'out',
      'absent',
      '..',
      `${repo.root}-evil`,
      repo.file('.git'),
      repo.file('src/a.txt'),
    ]) {
      const { error } = await call(client, 'git_set_working_dir', { path });
      expect([path, error.code]).toEqual([path, 'path_not_allowed']);
    }
    await call(client, 'git_set_working_dir', { path: 'empty' });
    expect((await call(client, 'git_status', { repo_path: '../../..' }))['error'].code).toBe(
      'path_not_allowed',
    );
    expect((await call(client, 'git_status'))['error'].code).toBe('not_a_repository');
  });

  it('comes back with the session after a lost connection, and after a kill of the server', async () => {
    const server = await start();
    const client = await begin(server);
    await call(client, 'git_set_working_dir', { path: repo.path });

    await client.cut();
    const { client: again } = await TestClient.resume(server.url, client);
    clients.push(again);
    const resumed = resultOf(await call(again, 'git_set_working_dir'));
    cpSync(join(stores.path, 'first'), join(stores.path, 'second'), { recursive: true });
    const { client: back } = await TestClient.resume((await start('second')).url, again);
    clients.push(back);

    expect(resumed).toMatchObject({ working_dir: repo.path });
    expect(resultOf(await call(back, 'git_set_working_dir'))).toEqual(resumed);
    expect((await call(back, 'git_status')).type).toBe('tools/call/result');
  });

  async function overHttp(options: object) {
    const { port } = await start();
    const client = new Client({ name: 'test', version: '1' }, options);
    await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`)));
    const set = await client.callTool({ name: 'git_set_working_dir', arguments: { path: repo.path } });
    const status = await client.callTool({ name: 'git_status', arguments: { repo_path: 'src' } });
    await client.close();
    return { set, status };
  }

  it('is kept by a session over HTTP', async () => {
    const { set, status } = await overHttp({});

    expect(set.structuredContent).toEqual({ working_dir: repo.path, repository: repo.path });
    expect(status.structuredContent).toMatchObject({ branch: 'main' });
  });

  it('is refused over HTTP since 2026-07-28, where there is no session', async () => {
    const { set } = await overHttp({ versionNegotiation: { mode: { pin: '2026-07-28' } } });

    expect(set).toMatchObject({
      isError: true,
      _meta: { 'mcp-git-server/error': { code: 'forbidden', details: { reason: 'no_session' } } },
    });
  });
});

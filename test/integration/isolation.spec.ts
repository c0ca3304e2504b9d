import { existsSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { eventually } from '../support/eventually.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { TestServer } from '../support/test-server.js';

interface Isolated {
  readonly path: string;
  readonly branch: string;
  readonly own: boolean;
  readonly ahead: number;
  readonly changes: number;
  readonly kept?: string;
}

interface Result {
  readonly path: string;
  readonly isolations: readonly Isolated[];
  readonly effects: readonly { readonly action: string; readonly subject: string }[];
}

const call = (client: TestClient, name: string, args: object = {}) =>
  client.request('tools/call', { params: { name, arguments: args } });

function resultOf(frame: Frame): Result {
  if (frame['error'] !== undefined) throw new Error(JSON.stringify(frame['error']));
  return frame['result'].structuredContent as Result;
}

const commitIn = async (client: TestClient, path: string, file: string) => {
  writeFileSync(join(path, file), `${file}\n`);
  resultOf(await call(client, 'git_add', { files: [file] }));
  return resultOf(await call(client, 'git_commit', { message: `add ${file}` }));
};

describe('A work tree of a session alone', () => {
  let repo: GitRepository;
  let server: TestServer;
  const clients: TestClient[] = [];

  const start = async (root = repo.root) => {
    server = await TestServer.start({ settings: { git: { roots: [root] } } });
  };

  async function begin(): Promise<TestClient> {
    const client = await TestClient.connect(server.url);
    clients.push(client);
    return client;
  }

  const isolate = async (client: TestClient, args: object = {}) =>
    resultOf(await call(client, 'git_isolate', { repo_path: repo.path, action: 'start', ...args }));
  const listed = async (client: TestClient) =>
    resultOf(await call(client, 'git_isolate', { repo_path: repo.path, action: 'list' })).isolations;
  const branches = () => repo.git(['for-each-ref', '--format=%(refname:short)', 'refs/heads']).split('\n');
  beforeEach(() => {
    repo = new GitRepository();
    repo.commitFiles('one', { 'a.txt': 'a\n' });
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await server.stop();
    repo.remove();
  });

  it('is its working directory, on a branch of its own, and leaves the branch to be merged', async () => {
    await start();
    const [one, two] = [await begin(), await begin()];

    const [first, second] = [await isolate(one), await isolate(two)];
    await commitIn(one, first.path, 'one.txt');
    await commitIn(two, second.path, 'two.txt');
    const seen = await listed(one);
    await call(one, 'git_isolate', { action: 'finish' });
    await call(two, 'git_isolate', { action: 'finish' });
    const merges = [];
    for (const { branch } of seen) {
      merges.push((await call(one, 'git_merge', { source_branch: branch, confirm: true })).type);
    }

    expect(seen.map(({ own, ahead, changes }) => ({ own, ahead, changes }))).toEqual(
      expect.arrayContaining([
        { own: true, ahead: 1, changes: 0 },
        { own: false, ahead: 1, changes: 0 },
      ]),
    );
    expect([existsSync(first.path), existsSync(second.path)]).toEqual([false, false]);
    expect(merges).toEqual(['tools/call/result', 'tools/call/result']);
    expect([repo.has('one.txt'), repo.has('two.txt')]).toEqual([true, true]);
    expect(repo.git(['worktree', 'list']).trim().split('\n')).toHaveLength(1);
    repo.fsck();
  });

  it('is planned as it is then made, and an empty branch goes with it', async () => {
    await start();
    const client = await begin();

    const planned = await isolate(client, { dry_run: true });
    const made = await isolate(client);
    const { effects } = resultOf(await call(client, 'git_isolate', { action: 'finish' }));

    expect(planned.effects).toMatchObject(made.effects);
    expect(effects.map(({ action }) => action)).toEqual(['remove worktree', 'delete']);
    expect(branches()).toEqual(['main', '']);
  });

  it('is not finished while it holds uncommitted changes, nor by another session unless that takes over', async () => {
    await start();
    const [one, two] = [await begin(), await begin()];
    const { path } = await isolate(one);
    writeFileSync(join(path, 'new.txt'), 'new\n');
    const finish = { repo_path: repo.path, action: 'finish', path };

    const dirty = await call(one, 'git_isolate', finish);
    unlinkSync(join(path, 'new.txt'));
    const foreign = await call(two, 'git_isolate', finish);
    const taken = await call(two, 'git_isolate', { ...finish, take_over: true });

    expect(dirty['error'].details).toMatchObject({ reason: 'dirty', paths: ['new.txt'] });
    expect(foreign['error'].details).toMatchObject({ reason: 'other-session' });
    expect(taken.type).toBe('tools/call/result');
    expect(existsSync(path)).toBe(false);
  });

  it('gives back a branch that was deleted with it', async () => {
    await start();
    const client = await begin();
    const { path } = await isolate(client, { branch: 'topic' });
    await commitIn(client, path, 'b.txt');
    const tip = repo.revision('topic');
    const finish = { repo_path: repo.path, action: 'finish', path, delete_branch: true };
    const refused = await call(client, 'git_isolate', finish);
    const { plan_token } = resultOf(
      await call(client, 'git_isolate', { ...finish, dry_run: true }),
    ) as unknown as { plan_token: string };

    resultOf(await call(client, 'git_isolate', { ...finish, confirm: true, plan_token }));
    const gone = branches();
    resultOf(await call(client, 'git_undo', { repo_path: repo.path }));

    expect(refused['error'].details).toMatchObject({ reason: 'confirmation_required' });
    expect(gone).toEqual(['main', '']);
    expect(repo.revision('topic')).toBe(tip);
  });

  it('ends with the session: removed where all is committed, kept with a note where not', async () => {
    await start();
    const [one, two, other] = [await begin(), await begin(), await begin()];
    const clean = await isolate(one);
    await commitIn(one, clean.path, 'done.txt');
    const dirty = await isolate(two);
    writeFileSync(join(dirty.path, 'a.txt'), 'half done\n');

    await Promise.all([one.close(), two.close()]);
    await eventually(async () => {
      expect((await listed(other)).map(({ kept }) => kept)).toEqual([
        'kept: its session ended with uncommitted changes',
      ]);
    });

    expect(existsSync(clean.path)).toBe(false);
    expect(branches()).toHaveLength(4);
    expect(readFileSync(join(dirty.path, 'a.txt'), 'utf8')).toBe('half done\n');
  });

  it('ends before the server has stopped', async () => {
    await start();
    const { path } = await isolate(await begin());

    await Promise.all(clients.splice(0).map((client) => client.close()));
    await server.stop();
    const remains = existsSync(path);
    await start();

    expect(remains).toBe(false);
  });

  it('outlives a lost connection', async () => {
    await start();
    const client = await TestClient.begin(server.url);
    const { path } = await isolate(client);

    await client.cut();
    const { client: back } = await TestClient.resume(server.url, client);
    clients.push(back);
    const finished = await call(back, 'git_isolate', { action: 'finish' });

    expect(finished.type).toBe('tools/call/result');
    expect(existsSync(path)).toBe(false);
  });

  it('is within the repository and ignored there, where nothing beside it lies in the roots', async () => {
    await start(repo.path);
    const client = await begin();

    const { path } = await isolate(client);

    expect(path.startsWith(`${repo.path}/.isolated-`)).toBe(true);
    expect(repo.status()).toBe('');
  });

  it('leaves a linked exclude file alone', async () => {
    unlinkSync(repo.file('.git/info/exclude'));
    symlinkSync(repo.file('a.txt'), repo.file('.git/info/exclude'));
    await start(repo.path);

    await isolate(await begin());

    expect(repo.read('a.txt')).toBe('a\n');
  });

  it('is made for the principal where there is no session, and finished by its path', async () => {
    await start();
    const client = new Client(
      { name: 'test', version: '1' },
      { versionNegotiation: { mode: { pin: '2026-07-28' } } },
    );
    await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${server.port}/mcp`)));
    const tool = async (args: object) => {
      const answer = await client.callTool({ name: 'git_isolate', arguments: { ...args } });
      return answer.structuredContent as unknown as Result;
    };

    const made = await tool({ repo_path: repo.path, action: 'start' });
    const there = existsSync(made.path);
    await tool({ repo_path: made.path, action: 'finish' });
    await client.close();

    expect([there, existsSync(made.path)]).toEqual([true, false]);
  });
});

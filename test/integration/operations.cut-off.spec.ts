import {
  cpSync,
  existsSync,
  readdirSync,
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
import { pictureOf, type RepositoryPicture } from '../support/repository-state.js';
import { ServerProcess } from '../support/server-process.js';
import { TestClient } from '../support/test-client.js';
import { ToolsOnGit } from '../support/tools-on-git.js';

const FOLDER = '.git/mcp-git-restoration';
const linked = (repo: GitRepository) => `${repo.path}-linked`;
type OfRepository<T> = (repo: GitRepository) => T;
/**
 * They change refs, stashes, files of an unfinished operation, the index, the work tree and linked ones, in different
 * order. With what is made ready before.
 */
const OPERATIONS: readonly (readonly [
  what: string,
  tool: string,
  args: OfRepository<object>,
  OfRepository<unknown>,
])[] = [
  [
    'a stash',
    'git_stash',
    () => ({ action: 'push', include_untracked: true }),
    (repo) => repo.stage('x.txt'),
  ],
  // No merge begins with something staged.
  ['a merge', 'git_merge', () => ({ source_branch: 'other', confirm: true }), () => undefined],
  ['a checkout', 'git_checkout', () => ({ branch_name: 'apart' }), (repo) => repo.stage('x.txt')],
  [
    'a new work tree',
    'git_worktree',
    (repo) => ({ action: 'add', path: linked(repo), new_branch: 'fresh' }),
    () => undefined,
  ],
  [
    'a removed work tree',
    'git_worktree',
    (repo) => ({ action: 'remove', path: linked(repo) }),
    (repo) => repo.git(['worktree', 'add', '--quiet', linked(repo), 'apart']),
  ],
];

describe('An undo that is cut off', () => {
  let tools: ToolsOnGit;
  let root: GitRepository;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    root = new GitRepository();
    // Once an undo has begun to change things as many commands run as `left` says, and all others fail.
    root.write(
      '../failing-git',
      `#!/bin/sh
left="${root.root}/left"
if [ -e "$left" ] && [ -e "$GIT_DIR/mcp-git-restoration/operation" ]; then
  n=$(cat "$left"); [ "$n" = 0 ] && exit 128; echo $((n - 1)) > "$left"
fi
exec git "$@"
`,
      0o755,
    );
    tools = await ToolsOnGit.start([root.root], (git) => {
      git.binary = join(root.root, 'failing-git');
      git.lockTimeout = 50;
    });
  });

  afterEach(async () => {
    await tools.close();
    root.remove();
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  const call = (repo: GitRepository, name: string, args: object = {}) =>
    tools.call(name, { repo_path: repo.path, ...args });
  const change = (repo: GitRepository) => call(repo, 'git_tag', { action: 'create', name: 'next' });
  /** @returns whether all commands that it needs were among those that run */
  const undoCutOff = async (repo: GitRepository, afterCommands: number) => {
    const left = join(root.root, 'left');
    writeFileSync(left, String(afterCommands));
    await call(repo, 'git_undo').catch(() => undefined);
    const isWhole = Number(readFileSync(left, 'utf8')) > 0;
    rmSync(left);
    return isWhole;
  };
  const log = async (repo: GitRepository) =>
    (await call(repo, 'git_operations')).structured['operations'] as {
      id: string;
      tool: string;
      outcome: string;
      undone: boolean;
    }[];

  it.each(OPERATIONS)(
    'as that of %s is finished by the next change, wherever it was',
    async (_what, tool, args, makeReady) => {
      let ended = false;
      let cuts = 0;
      for (; !ended; cuts += 1) {
        const repo = prepare(root.root, `r${cuts}`);
        makeReady(repo);
        const before = pictureOf(repo);
        await call(repo, tool, args(repo)).catch(() => undefined); // A merge stops at its conflict.

        ended = await undoCutOff(repo, cuts);
        await change(repo);

        expect(withoutNext(pictureOf(repo))).toEqual(before);
        expect(existsSync(repo.file(FOLDER))).toBe(false);
        expect((await log(repo)).map((one) => [one.tool, one.outcome, one.undone])).toEqual([
          ['git_tag', 'done', false],
          ['git_undo', 'done', false],
          [tool, tool === 'git_merge' ? 'failed' : 'done', true],
        ]);
        repo.fsck();
      }
      expect(cuts).toBeGreaterThan(2);
    },
    120_000,
  );

  it.each([
    ['a file of it is cut short', (admin: string) => writeFileSync(join(admin, 'index'), 'DIRC')],
    ['files of it are missing', (admin: string) => rmSync(join(admin, 'gitdir'))],
    ['all of it is missing', (admin: string) => rmSync(admin, { recursive: true })],
  ])('as that of a forgotten work tree is finished by the next change where %s', async (_what, cut) => {
    const repo = prepare(root.root, 'repo');
    repo.git(['worktree', 'add', '--quiet', linked(repo), 'apart']);
    rmSync(linked(repo), { recursive: true });
    const before = pictureOf(repo);
    await call(repo, 'git_worktree', { action: 'prune' });
    await undoCutOff(repo, 0);

    cut(repo.file(`.git/worktrees/repo-linked`));
    await change(repo);

    expect(withoutNext(pictureOf(repo))).toEqual(before);
    expect(existsSync(repo.file(FOLDER))).toBe(false);
    expect((await log(repo)).map((one) => [one.tool, one.undone])).toEqual([
      ['git_tag', false],
      ['git_undo', false],
      ['git_worktree', true],
    ]);
  });

  it('leaves all as it was where a step fails, and can be repeated', async () => {
    const repo = prepare(root.root, 'repo').stage('x.txt');
    const before = pictureOf(repo);
    await call(repo, 'git_stash', { action: 'push', include_untracked: true });
    const after = pictureOf(repo);
    repo.write('.git/index.lock', ''); // The list of stashes is changed before the index is.

    await expect(call(repo, 'git_undo')).rejects.toMatchObject({ code: 'repository_busy' });
    rmSync(repo.file('.git/index.lock'));

    expect(pictureOf(repo)).toEqual(after);
    await call(repo, 'git_undo');
    expect(pictureOf(repo)).toEqual(before);
  });

  it('is not finished over newer work: the next change is refused once, and its plan leads back', async () => {
    const repo = prepare(root.root, 'repo');
    await call(repo, 'git_stash', { action: 'push', include_untracked: true });
    const stashed = pictureOf(repo);
    await undoCutOff(repo, 2);
    repo.write('new folder/new.txt', 'newer\n');

    const refusal: unknown = await change(repo).catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: 'operation_failed',
      details: { reason: 'unfinished-restoration', paths: ['new folder/new.txt'] },
    });
    expect(repo.read('new folder/new.txt')).toBe('newer\n');
    await change(repo);

    const { operation_id } = (refusal as { details: { operation_id: string } }).details;
    const args = { repo_path: repo.path, operation_id };
    await expect(tools.call('git_undo', args)).rejects.toMatchObject({
      details: { reason: 'confirmation_required' },
    });
    await tools.callAgreed('git_undo', args);
    expect(withoutNext(pictureOf(repo))).toEqual(stashed);
  });

  it('is not finished over newer work in a work tree that stands half removed', async () => {
    const repo = prepare(root.root, 'repo');
    await call(repo, 'git_worktree', { action: 'add', path: linked(repo), new_branch: 'fresh' });
    const before = pictureOf(repo);
    await undoCutOff(repo, 1);
    expect(pictureOf(repo).linked).not.toEqual(before.linked); // It is locked.
    writeFileSync(join(linked(repo), 'mine.txt'), 'mine\n');

    await expect(change(repo)).rejects.toMatchObject({
      details: { reason: 'unfinished-restoration', paths: [linked(repo)] },
    });
    rmSync(join(linked(repo), 'mine.txt'));

    expect(pictureOf(repo)).toEqual(before);
  });

  it('counts only in the folder that it began in: a copy of a repository brings none', async () => {
    const repo = prepare(root.root, 'repo');
    await call(repo, 'git_stash', { action: 'push', include_untracked: true });
    await undoCutOff(repo, 2);
    renameSync(repo.path, `${repo.path}.moved`);
    cpSync(`${repo.path}.moved`, repo.path, { recursive: true });
    const before = pictureOf(repo);

    await change(repo);

    expect(withoutNext(pictureOf(repo))).toEqual(before);
    expect(existsSync(repo.file(FOLDER))).toBe(false);
  });
});

describe('An undo whose server is killed', () => {
  let root: GitRepository;
  let server: ServerProcess;

  beforeEach(() => {
    root = new GitRepository();
  });

  afterEach(async () => {
    await server.stop('SIGKILL');
    root.remove();
  });

  it.each([1, 200])(
    'with %i files of many back is finished by the next server',
    async (count) => {
      const repo = prepare(root.root, 'repo');
      for (let number = 0; number < 400; number += 1) repo.write(`many/${number}.txt`, `${number}\n`);
      const before = pictureOf(repo);
      const start = () => ServerProcess.start({ env: { MCP_GIT_REPOSITORY: root.root } });
      const call = async (client: TestClient, name: string, args: object = {}) =>
        client.request('tools/call', { params: { name, arguments: { repo_path: repo.path, ...args } } });
      server = await start();
      const client = await TestClient.begin(server.webSocketUrl);
      await call(client, 'git_stash', { action: 'push', include_untracked: true });
      expect(existsSync(repo.file('many'))).toBe(false);

      const undone = call(client, 'git_undo').catch(() => undefined); // It dies with the server.
      await seen(repo, count);
      await server.stop('SIGKILL');
      await undone;
      server = await start();
      const next = await TestClient.begin(server.webSocketUrl);
      const answer = await call(next, 'git_tag', { action: 'create', name: 'next' });

      expect(answer['type']).toBe('tools/call/result');
      expect(withoutNext(pictureOf(repo))).toEqual(before);
      repo.fsck();
    },
    60_000,
  );
});

/** That so many of the files are back. */
async function seen(repo: GitRepository, count: number): Promise<void> {
  const files = () => (existsSync(repo.file('many')) ? readdirSync(repo.file('many')).length : 0);
  while (files() < count) await new Promise((resolve) => setImmediate(resolve));
}

/** A branch in conflict and one that is not, and work that is in no commit. */
function prepare(root: string, name: string): GitRepository {
  const repo = new GitRepository({ root, name });
  repo.commitFiles('base', { 'base.txt': 'base\n' });
  repo.diverge();
  repo.branch('apart').checkout('apart').commitFiles('apart', { 'base.txt': 'apart\n', 'x/y.txt': 'y\n' });
  repo.checkout('main');
  repo.write('new folder/new.txt', 'new\n').write('x.txt', 'x\n');
  symlinkSync('nowhere', repo.file('new folder/link'));
  return repo;
}

function withoutNext(picture: RepositoryPicture): RepositoryPicture {
  return { ...picture, refs: picture.refs.replace(/.*refs\/tags\/next\n/, '') };
}

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
import { basename, join } from 'node:path';

import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { pictureOf, type RepositoryPicture } from '../support/repository-state.js';
import { ServerProcess } from '../support/server-process.js';
import { TestClient } from '../support/test-client.js';
import { ToolsOnGit } from '../support/tools-on-git.js';

const FOLDER = '.git/mcp-git-restoration';
const linked = (repo: GitRepository) => `${repo.path}-linked`;
type Call = (repo: GitRepository, name: string, args?: object) => Promise<unknown>;
type OfRepository<T> = (repo: GitRepository, call: Call) => T;
interface Operation {
  readonly what: string;
  readonly tool: string;
  readonly args: OfRepository<object>;
  /** What has to be there before it. */
  readonly makeReady?: OfRepository<unknown>;
  /** A lock of git that keeps its undo from being whole. */
  readonly lock?: OfRepository<string>;
}

/** They change all that an undo can bring back, in different order. */
const OPERATIONS: readonly Operation[] = [
  {
    what: 'a stash',
    tool: 'git_stash',
    args: () => ({ action: 'push', include_untracked: true }),
    makeReady: (repo) => repo.stage('x.txt'),
    // The list of stashes is changed before the index is.
    lock: () => '.git/index.lock',
  },
  // No merge begins with something staged.
  { what: 'a merge', tool: 'git_merge', args: () => ({ source_branch: 'other', confirm: true }) },
  {
    what: 'a checkout',
    tool: 'git_checkout',
    args: () => ({ branch_name: 'apart' }),
    makeReady: (repo) => repo.stage('x.txt'),
  },
  {
    what: 'a new work tree',
    tool: 'git_worktree',
    args: (repo) => ({ action: 'add', path: linked(repo), new_branch: 'fresh' }),
  },
  {
    what: 'a removed work tree',
    tool: 'git_worktree',
    args: (repo) => ({ action: 'remove', path: linked(repo) }),
    makeReady: (repo) => repo.git(['worktree', 'add', '--quiet', linked(repo), 'apart']),
  },
  {
    what: 'a removed work tree with a submodule',
    tool: 'git_worktree',
    args: (repo) => ({ action: 'remove', path: linked(repo) }),
    makeReady: (repo) => linkWithSubmodule(repo),
    lock: (repo) => {
      const [kept] = readdirSync(repo.file('.git/mcp-git-modules'));
      return `.git/mcp-git-modules/${kept}/sub/index.lock`;
    },
  },
  {
    what: 'a moved work tree with a submodule',
    tool: 'git_worktree',
    args: (repo) => ({ action: 'move', path: linked(repo), new_path: `${linked(repo)}2` }),
    makeReady: (repo) => linkWithSubmodule(repo),
    lock: () => '.git/worktrees/repo-linked/modules/sub/config.lock',
  },
  {
    what: 'an emptied submodule',
    tool: 'git_submodule',
    args: () => ({ action: 'deinit' }),
    makeReady: (repo) => addSubmodule(repo).git(['-C', 'sub', 'switch', '--quiet', '--create', 'own']),
    lock: () => '.git/modules/sub/index.lock',
  },
  {
    what: 'a verdict of a bisection',
    tool: 'git_bisect',
    args: () => ({ action: 'bad' }),
    makeReady: async (repo, call) => {
      for (const at of [1, 2, 3, 4]) repo.commitFiles(`commit ${at}`, { 'state.txt': `${at}\n` });
      await call(repo, 'git_bisect', { action: 'start', good: ['HEAD~4'] });
    },
    lock: () => '.git/worktrees/repo-bisect/index.lock',
  },
  {
    what: 'a removed remote',
    tool: 'git_remote',
    args: () => ({ action: 'remove', name: 'up' }),
    makeReady: (repo) => {
      repo.git(['remote', 'add', 'up', repo.path]);
      for (const url of ['one', 'two']) repo.git(['remote', 'set-url', '--add', '--push', 'up', url]);
    },
    lock: () => '.git/config.lock',
  },
  {
    what: 'settings that protect',
    tool: 'git_security_enforce',
    args: () => ({ disable_hooks: true }),
    lock: () => '.git/config.lock',
  },
];

describe('An undo that is cut off', () => {
  let tools: ToolsOnGit;
  let root: GitRepository;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    root = new GitRepository();
    // Once an undo has begun to change things as many commands that change some run as `left` says, and all others fail.
    root.write(
      '../failing-git',
      `#!/bin/sh
left="${root.root}/left"
case " $* " in
  *" --list "*) ;;
  *" worktree add "*|*" worktree remove "*|*" worktree move "*|*" worktree repair "*|*" switch "*|*" stash store "*|\
  *" fast-import "*|*" update-index "*|*" update-ref "*|*" symbolic-ref "*|*" config --local "*|*" config --file"*)
    if [ -e "$left" ] && ls "${root.root}"/*/.git/mcp-git-restoration/operation > /dev/null 2>&1; then
      n=$(cat "$left"); [ "$n" = 0 ] && exit 128; echo $((n - 1)) > "$left"
    fi;;
esac
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
  const cutOff = async (repo: GitRepository, tool: 'git_undo' | 'git_redo', afterCommands: number) => {
    const left = join(root.root, 'left');
    writeFileSync(left, String(afterCommands));
    await call(repo, tool).catch(() => undefined);
    const isWhole = Number(readFileSync(left, 'utf8')) > 0;
    rmSync(left);
    return isWhole;
  };
  const undoCutOff = (repo: GitRepository, afterCommands: number) => cutOff(repo, 'git_undo', afterCommands);
  const log = async (repo: GitRepository) =>
    (await call(repo, 'git_operations')).structured['operations'] as {
      id: string;
      tool: string;
      outcome: string;
      undone: boolean;
    }[];

  const done = (repo: GitRepository, { tool, args }: Operation) => {
    const called = { repo_path: repo.path, ...args(repo, call) };
    return tool === 'git_security_enforce' ? tools.callAgreed(tool, called) : tools.call(tool, called);
  };

  it.each(OPERATIONS)(
    'as that of $what is finished by the next change, wherever it was',
    async (operation) => {
      const { tool, makeReady } = operation;
      let ended = false;
      let cuts = 0;
      for (; !ended; cuts += 1) {
        const repo = prepare(root.root, `r${cuts}`);
        await makeReady?.(repo, call);
        const before = pictureOf(repo);
        await done(repo, operation).catch(() => undefined); // A merge stops at its conflict.

        ended = await undoCutOff(repo, cuts);
        await change(repo);

        expect(withoutNext(pictureOf(repo))).toEqual(before);
        expect(existsSync(repo.file(FOLDER))).toBe(false);
        expect((await log(repo)).slice(0, 3).map((one) => [one.tool, one.outcome, one.undone])).toEqual([
          ['git_tag', 'done', false],
          ['git_undo', 'done', false],
          [tool, tool === 'git_merge' ? 'failed' : 'done', true],
        ]);
        repo.fsck();
      }
      expect(cuts).toBeGreaterThan(1);
    },
    120_000,
  );

  it.each(OPERATIONS.filter(({ lock }) => lock))(
    'as that of $what leaves all as it was where a step fails, and can be repeated',
    async (operation) => {
      const repo = prepare(root.root, 'repo');
      await operation.makeReady?.(repo, call);
      const before = pictureOf(repo);
      await done(repo, operation);
      const after = pictureOf(repo);
      const held = operation.lock?.(repo, call) ?? '';
      repo.write(held, '');

      await expect(call(repo, 'git_undo')).rejects.toMatchObject({ code: 'repository_busy' });
      rmSync(repo.file(held));

      expect(pictureOf(repo)).toEqual(after);
      await call(repo, 'git_undo');
      expect(pictureOf(repo)).toEqual(before);
    },
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

  it('or a redo, of a forgotten work tree, is not finished over what came into its folder', async () => {
    const repo = prepare(root.root, 'repo');
    repo.git(['worktree', 'add', '--quiet', linked(repo), 'apart']);
    rmSync(linked(repo), { recursive: true });
    await call(repo, 'git_worktree', { action: 'prune' });
    await call(repo, 'git_undo');
    await cutOff(repo, 'git_redo', 0);
    const lock = '.git/worktrees/repo-linked/locked';
    repo.write(lock, 'mine\n');

    await expect(change(repo)).rejects.toMatchObject({
      details: { reason: 'unfinished-restoration', paths: ['worktrees/repo-linked/locked'] },
    });
    await change(repo);

    expect(repo.read(lock)).toBe('mine\n');
  });

  it('is all that the undo does which is called once more', async () => {
    const repo = prepare(root.root, 'repo');
    await call(repo, 'git_create_branch', { branch_name: 'older' });
    const before = pictureOf(repo);
    await call(repo, 'git_stash', { action: 'push', include_untracked: true });
    await undoCutOff(repo, 0);

    await expect(call(repo, 'git_undo')).rejects.toMatchObject({
      details: { reason: 'restoration-finished', operation_id: (await log(repo))[0]?.id },
    });
    expect(pictureOf(repo)).toEqual(before);
    await call(repo, 'git_undo');
    expect(pictureOf(repo).refs).not.toContain('older');
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

  it.each([
    ['half removed', () => undefined],
    ['more than half removed', (repo: GitRepository) => rmSync(join(linked(repo), '.git'))],
  ])('is not finished over newer work in a work tree that stands %s', async (_what, removeMore) => {
    const repo = prepare(root.root, 'repo');
    await call(repo, 'git_worktree', { action: 'add', path: linked(repo), new_branch: 'fresh' });
    const before = pictureOf(repo);
    await undoCutOff(repo, 0);
    removeMore(repo);
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

/** One that is checked out, from a repository within the roots. */
function addSubmodule(repo: GitRepository): GitRepository {
  const library = new GitRepository({ root: repo.root, name: `${basename(repo.path)}-library` });
  library.commitFiles('one', { 'lib.txt': 'one\n', 'dir/more.txt': 'more\n' });
  repo.git(['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library.path, 'sub']);
  repo.commit('with a submodule');
  return repo;
}

function linkWithSubmodule(repo: GitRepository): void {
  addSubmodule(repo).git(['worktree', 'add', '--quiet', '-b', 'linked', linked(repo)]);
  const update = ['submodule', '--quiet', 'update', '--init'];
  repo.git(['-C', linked(repo), '-c', 'protocol.file.allow=always', ...update]);
}

function withoutNext(picture: RepositoryPicture): RepositoryPicture {
  return { ...picture, refs: picture.refs.replace(/.*refs\/tags\/next\n/, '') };
}

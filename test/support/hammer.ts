import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { type GitRepository } from './git-repository.js';
import { type Frame, TestClient } from './test-client.js';

const run = promisify(execFile);
const OUTSIDE = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Outside',
  GIT_AUTHOR_EMAIL: 'outside@example.org',
  GIT_COMMITTER_NAME: 'Outside',
  GIT_COMMITTER_EMAIL: 'outside@example.org',
};
/** What may happen where many write: somebody was quicker, or holds git's lock for longer than one waits. */
const EXPECTED =
  /^(repository_busy|temporary_resource_unavailable|operation_failed (?:nothing-staged|local-changes))$/;
/** What the git beside the server says when it meets a lock, or what is no longer as it was; it then tries again. */
const OUTSIDE_REFUSED =
  /\.lock|cannot lock ref|unable to (?:create|write)|index file|nothing to commit|no changes added|nothing added|worktrees\//i;

function gone(kind: string, wanted: ReadonlySet<string>, found: ReadonlySet<string>): readonly string[] {
  return [...wanted].filter((one) => !found.has(one)).map((one) => `${kind} ${one} is lost`);
}

type Answer = Readonly<Record<string, unknown>>;

/** Sessions that write to one repository, and a git of nobody's beside them, as fast as they can. */
export class Hammer {
  /** Commits that somebody was told are made, on `main`. */
  readonly commits = new Set<string>();
  /** Commits that somebody was told are made, on a branch of their own. */
  readonly apart = new Set<string>();
  readonly tags = new Set<string>();
  /** Paths that are in the branches of work trees of their own, by branch. */
  readonly branches = new Map<string, ReadonlySet<string>>();
  /** Paths that are in one of these commits. */
  readonly paths = new Set<string>();
  /** Refusals that are no fault, by what was said, and how many. */
  readonly refusals = new Map<string, number>();
  readonly faults: string[] = [];
  calls = 0;
  merges = 0;
  picks = 0;
  stashes = 0;
  outside = 0;
  private until = 0;
  /** The latest commit of a work tree of its own that is not merged into `main`. */
  private other: { readonly head: string; readonly path: string } | undefined;

  constructor(
    private readonly repo: GitRepository,
    private readonly url: string,
  ) {}

  async strike(sessions: number, seconds: number): Promise<void> {
    this.until = performance.now() + seconds * 1_000;
    const writers = Array.from({ length: sessions }, (_, index) => this.session(index));
    await Promise.all([...writers, this.fromOutside()]);
  }

  /** What is wrong with the repository afterwards. */
  aftermath(): readonly string[] {
    const history = new Set(this.repo.git(['rev-list', 'main']).split('\n'));
    const all = new Set(this.repo.git(['rev-list', '--branches']).split('\n'));
    const filesOf = (branch: string) =>
      new Set(this.repo.git(['ls-tree', '-r', '--name-only', '-z', branch]).split('\0'));
    const tags = new Set(this.repo.git(['tag', '--list']).split('\n'));
    const locks = readdirSync(this.repo.file('.git'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.lock'))
      .map((name) => `${name} is left`);
    const worktrees = this.repo.git(['worktree', 'list', '--porcelain']).match(/^worktree /gm)?.length ?? 0;
    return [
      ...this.faults,
      ...gone('commit', this.commits, history),
      ...gone('commit', this.apart, all),
      ...gone('file', this.paths, filesOf('main')),
      ...[...this.branches].flatMap(([branch, paths]) => gone('file', paths, filesOf(branch))),
      ...gone('tag', this.tags, tags),
      ...locks,
      ...(worktrees === 1 ? [] : [`${worktrees - 1} work trees are left`]),
    ];
  }

  private async session(index: number): Promise<void> {
    const client = await TestClient.connect(this.url);
    const steps = [
      (turn: string) => this.commitInTwo(client, turn),
      (turn: string) => this.commitInBatch(client, turn),
      (turn: string) => this.isolated(client, turn),
      (turn: string) => this.integrated(client, turn),
      (turn: string) => this.tagged(client, turn),
      (turn: string) => this.branched(client, turn),
    ];
    try {
      for (let turn = index; performance.now() < this.until; turn += 1) {
        await steps[turn % steps.length]?.(`s${index}-${turn}`);
      }
    } finally {
      await client.close();
    }
  }

  private async commitInTwo(client: TestClient, name: string): Promise<void> {
    const path = this.write(this.repo.path, name);
    if ((await this.call(client, 'git_add', { files: [path] })) === undefined) return;
    const made = await this.call(client, 'git_commit', { message: name });
    if (made === undefined) return;
    this.commits.add(String(made['head']));
    this.paths.add(path);
  }

  private async commitInBatch(client: TestClient, name: string): Promise<void> {
    const path = this.write(this.repo.path, name);
    const operations = [
      { tool: 'git_add', arguments: JSON.stringify({ files: [path] }) },
      { tool: 'git_commit', arguments: JSON.stringify({ message: name }) },
    ];
    const made = await this.call(client, 'git_batch', { operations, response_format: 'json' });
    if (made === undefined) return;
    const [, commit] = made['results'] as { answer: string }[];
    const answer = JSON.parse(commit?.answer ?? '{}') as Record<string, unknown>;
    this.commits.add(String(answer['head']));
    this.paths.add(path);
  }

  /** A commit in a work tree of its own, merged into the one that all share, unless what others staged is in the way. */
  private async isolated(client: TestClient, name: string): Promise<void> {
    const branch = `topic/${name}`;
    let path = '';
    const made = await this.inWorkTree(client, branch, async (worktree) => {
      path = this.write(worktree, name);
      return this.commit(client, worktree, path);
    });
    if (made === undefined) return;
    const merged = await this.call(client, 'git_merge', {
      source_branch: branch,
      no_fast_forward: true,
      confirm: true,
    });
    if (merged === undefined) return;
    this.commits.add(String(merged['head']));
    this.paths.add(path);
    this.merges += 1;
  }

  /** In a work tree of its own a change is stashed and taken back, committed, `main` merged, and another's commit picked. */
  private async integrated(client: TestClient, name: string): Promise<void> {
    const branch = `whole/${name}`;
    await this.inWorkTree(client, branch, async (worktree) => {
      const here = { repo_path: worktree };
      const paths = new Set([this.write(worktree, name)]);
      const [path = ''] = paths;
      // In one go: the list of stashes is that of all work trees.
      const operations = [{ action: 'push', include_untracked: true }, { action: 'pop' }].map((args) => ({
        tool: 'git_stash',
        arguments: JSON.stringify(args),
      }));
      if ((await this.insist(client, 'git_batch', { ...here, operations })) !== undefined) this.stashes += 1;
      const made = await this.commit(client, worktree, path);
      const main = { ...here, source_branch: 'main', no_fast_forward: true };
      const merged = await this.insist(client, 'git_merge', main);
      if (merged !== undefined) this.merges += 1;
      const { other } = this;
      const pick = { ...here, commit_hash: other?.head };
      if (other !== undefined && (await this.insist(client, 'git_cherry_pick', pick)) !== undefined) {
        paths.add(other.path);
        this.picks += 1;
      }
      if (made !== undefined) this.other = { head: String(made['head']), path };
      this.branches.set(branch, paths);
      return made;
    });
  }

  /** @returns what the work comes to, whose commit has to be on a branch from then on */
  private async inWorkTree(
    client: TestClient,
    branch: string,
    work: (worktree: string) => Promise<Answer | undefined>,
  ): Promise<Answer | undefined> {
    const started = await this.call(client, 'git_isolate', { action: 'start', branch });
    if (started === undefined) return undefined;
    const worktree = String(started['path']);
    const made = await work(worktree);
    await this.insist(client, 'git_isolate', { action: 'finish', path: worktree });
    if (made !== undefined) this.apart.add(String(made['head']));
    return made;
  }

  private async commit(client: TestClient, worktree: string, path: string): Promise<Answer | undefined> {
    await this.insist(client, 'git_add', { repo_path: worktree, files: [path] });
    return this.insist(client, 'git_commit', { repo_path: worktree, message: path });
  }

  private async tagged(client: TestClient, name: string): Promise<void> {
    const made = await this.call(client, 'git_tag', { action: 'create', name });
    if (made !== undefined) this.tags.add(name);
  }

  private async branched(client: TestClient, name: string): Promise<void> {
    await this.call(client, 'git_create_branch', { branch_name: `side/${name}` });
  }

  /** Until it is done: what began has to be ended. */
  private async insist(client: TestClient, tool: string, args: object) {
    for (let tries = 0; tries < 20; tries += 1) {
      const result = await this.call(client, tool, args);
      if (result !== undefined) return result;
    }
    this.faults.push(`${tool} was refused 20 times`);
    return undefined;
  }

  /** @returns nothing where it was refused */
  private async call(client: TestClient, name: string, args: object): Promise<Answer | undefined> {
    this.calls += 1;
    const given = { repo_path: this.repo.path, ...args };
    const frame: Frame = await client.request('tools/call', { params: { name, arguments: given } });
    if (frame.type === 'tools/call/result') return frame['result'].structuredContent as Answer;
    const { code, details } = frame['error'] as { code: string; details?: { reason?: string } };
    const said = [code, details?.reason].filter(Boolean).join(' ');
    if (EXPECTED.test(said)) this.refusals.set(said, (this.refusals.get(said) ?? 0) + 1);
    else this.faults.push(`${name}: ${JSON.stringify(frame['error'])}`);
    return undefined;
  }

  // As git runs it by itself; with --prune=now it would delete, as its manual says, what others are just writing.
  private async fromOutside(): Promise<void> {
    for (let turn = 0; performance.now() < this.until; turn += 1) {
      const path = this.write(this.repo.path, `outside-${turn}`);
      try {
        await this.git('add', '--', path);
        await this.git('commit', '--quiet', '--message', path, '--', path);
        this.paths.add(path);
        this.outside += 1;
        if (turn % 10 === 9) await this.git('gc', '--quiet');
      } catch (error) {
        const { stdout = '', stderr = String(error) } = error as { stdout?: string; stderr?: string };
        const said = stdout + stderr;
        if (!OUTSIDE_REFUSED.test(said)) this.faults.push(`git beside the server: ${said}`);
      }
    }
  }

  private async git(...args: readonly string[]): Promise<void> {
    await run('git', [...args], { cwd: this.repo.path, env: { ...process.env, ...OUTSIDE } });
  }

  private write(folder: string, name: string): string {
    const path = `files/${name}.txt`;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${name}\n`);
    return path;
  }
}

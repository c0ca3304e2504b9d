import { GitRepository } from '../git-repository.js';

/** What a client of any kind was told. */
export interface Told {
  readonly tools: readonly string[];
  /** `structuredContent` of git_status. */
  readonly status: unknown;
  /** `structuredContent` of git_log. */
  readonly log: unknown;
}

/** A repository, as one sees it through a client or through git itself. */
export interface SeenRepository {
  readonly tools: readonly string[];
  readonly branch: string | null;
  readonly head: string | null;
  /** As `git status --porcelain` has it. */
  readonly status: readonly string[];
  /** Id and subject. */
  readonly log: readonly string[];
}

interface Status {
  readonly branch: string | null;
  readonly head: string | null;
  readonly entries: readonly { path: string; index: string; worktree: string }[];
}

interface Log {
  readonly commits: readonly { sha: string; message: string }[];
}

const SOME_TOOLS = ['git_status', 'git_log', 'git_commit'];

/** Three commits, a changed file, and one that git does not know. */
export function changedRepository(): GitRepository {
  const repository = new GitRepository();
  for (const subject of ['first', 'second', 'third']) {
    repository.commitFiles(subject, { 'file.txt': `${subject}\n` });
  }
  repository.write('file.txt', 'changed\n');
  repository.write('new.txt', 'new\n');
  return repository;
}

export function asGitSays(repository: GitRepository): SeenRepository {
  return {
    tools: SOME_TOOLS,
    branch: repository.currentBranch(),
    head: repository.head(),
    status: linesOf(repository.status()),
    log: linesOf(repository.git(['log', '--format=%H %s'])),
  };
}

export function asTold({ tools, status, log }: Told): SeenRepository {
  const { branch, head, entries } = status as Status;
  return {
    tools: SOME_TOOLS.filter((name) => tools.includes(name)),
    branch,
    head,
    status: entries.map(({ path, index, worktree }) => `${letter(index)}${letter(worktree)} ${path}`),
    log: (log as Log).commits.map(({ sha, message }) => `${sha} ${message.split('\n')[0]}`),
  };
}

function letter(state: string): string {
  return state === '.' ? ' ' : state;
}

function linesOf(text: string): string[] {
  return text.trimEnd().split('\n');
}

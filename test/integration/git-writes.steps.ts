import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import * as fc from 'fast-check';

import { type GitRepository } from '../support/git-repository.js';
import { bytesOf, type Content, content, message, path } from './git-reads.histories.js';

/** What is drawn; what it means depends on what there is in the repository by then. */
const step = fc.record({
  action: fc.constantFrom(
    ...([
      'edit',
      'edit',
      'edit',
      'add',
      'add',
      'commit',
      'commit',
      'amend',
      'reset',
      'checkout',
      'checkout',
    ] as const),
    ...([
      'merge',
      'merge',
      'rebase',
      'cherry-pick',
      'revert',
      'stash push',
      'stash apply',
      'stash pop',
    ] as const),
    ...(['stash drop', 'stash branch', 'rm', 'mv', 'restore', 'create branch', 'rename branch'] as const),
    ...(['delete branch', 'tag', 'delete tag', 'clean', 'apply'] as const),
  ),
  path,
  other: path,
  content: fc.option(content, { nil: null, freq: 4 }),
  message,
  pick: fc.nat(1_000),
  flags: fc.record({ one: fc.boolean(), two: fc.boolean(), three: fc.boolean() }),
});

export const steps = fc.array(step, { minLength: 3, maxLength: 8 });
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The same thing to do, as a call of a tool and as commands of git, one after the other. */
export interface Twin {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly git: readonly (readonly string[])[];
  /** A call that takes a plan to be made. */
  readonly planned?: boolean;
}

/** Writes into a work tree, as an editor does. */
export function edit(repo: GitRepository, file: string, text: Content | null): void {
  try {
    if (text === null) return rmSync(repo.file(file), { force: true });
    mkdirSync(dirname(repo.file(file)), { recursive: true });
    rmSync(repo.file(file), { force: true });
    writeFileSync(repo.file(file), bytesOf(text));
  } catch {
    // A folder is where the file should be, or the other way about.
  }
}

const on = (...flags: readonly (readonly [boolean, string])[]) =>
  flags.filter(([isOn]) => isOn).map(([, flag]) => flag);

/** @param repo looked at only: both sides look the same */
export function twinOf({ action, ...drawn }: Step, repo: GitRepository): Twin {
  const { path: file, other, pick, message: text } = drawn;
  const { one, two, three } = drawn.flags;
  const branches = repo.git(['for-each-ref', '--format=%(refname:short)', 'refs/heads']).trim().split('\n');
  const branch = branches[pick % branches.length] ?? 'c0';
  const parent = repo.git(['rev-list', '--max-count=2', branch]).trim().split('\n')[1];
  const commit = two || parent === undefined ? branch : `${branch}~1`;
  const tracked = repo.git(['ls-files', '-z']).split('\0').filter(Boolean);
  const known = tracked.length > 0 && three ? (tracked[pick % tracked.length] as string) : file;
  const fresh = `n${pick % 3}`;
  const index = pick % 2;
  switch (action) {
    case 'add':
      return { tool: 'git_add', args: { files: [known] }, git: [['add', '--', known]] };
    case 'commit':
    case 'amend': {
      const amend = action === 'amend';
      // Another message for an empty commit is no reason to ask, and an empty text is none.
      const isReworded = amend && repo.git(['diff', '--cached', '--name-only']) === '';
      const words = amend && text === '' ? ['--no-edit'] : ['-m', text];
      const git = [
        'commit',
        '--quiet',
        '--cleanup=whitespace',
        ...words,
        ...on([amend, '--amend'], [one || isReworded, '--allow-empty']),
      ];
      return {
        tool: 'git_commit',
        args: { message: text, amend, allow_empty: one, ...(amend && { confirm: true }) },
        git: [git],
      };
    }
    case 'reset': {
      const mode = ['soft', 'mixed', 'hard', 'keep', 'merge'][pick % 5] as string;
      const target = one ? 'HEAD' : commit;
      return {
        tool: 'git_reset',
        args: { mode, target },
        git: [['reset', '--quiet', `--${mode}`, target]],
        planned: true,
      };
    }
    case 'checkout':
      return {
        tool: 'git_checkout',
        args: { branch_name: branch },
        git: [['switch', '--quiet', '--no-guess', branch]],
      };
    case 'merge': {
      const favor = three ? { favor: 'theirs' } : {};
      const ways = one ? { no_fast_forward: true } : two ? { squash: true } : {};
      const flags = one ? ['--no-ff'] : two ? ['--squash'] : [];
      const options = [...flags, ...on([three, '-Xtheirs'])];
      return {
        tool: 'git_merge',
        args: { source_branch: branch, ...ways, ...favor },
        git: [['merge', '--quiet', '--no-edit', ...options, branch]],
      };
    }
    case 'rebase':
      return {
        tool: 'git_rebase',
        args: { target_branch: branch, ...(three && { favor: 'ours' }) },
        git: [['rebase', '--quiet', '--no-fork-point', ...on([three, '-Xours']), branch]],
        planned: true,
      };
    case 'cherry-pick':
      return {
        tool: 'git_cherry_pick',
        args: { commit_hash: commit, record_origin: one, no_commit: three },
        git: [['cherry-pick', ...on([one, '-x'], [three, '--no-commit']), commit]],
      };
    case 'revert':
      return {
        tool: 'git_revert',
        args: { commit_hash: commit, no_commit: three },
        git: [['revert', '--no-edit', ...on([three, '--no-commit']), commit]],
      };
    case 'stash push': {
      const args = { action: 'push', include_untracked: one, keep_index: two, message: 'aside' };
      const git = [
        'stash',
        'push',
        '--quiet',
        '-m',
        'aside',
        ...on([one, '--include-untracked'], [two, '--keep-index']),
      ];
      return { tool: 'git_stash', args, git: [git] };
    }
    case 'stash apply':
    case 'stash pop': {
      const [, verb = ''] = action.split(' ');
      const git = ['stash', verb, '--quiet', ...on([one, '--index']), `stash@{${index}}`];
      return { tool: 'git_stash', args: { action: verb, index, reinstate_index: one }, git: [git] };
    }
    case 'stash drop':
      return {
        tool: 'git_stash',
        args: { action: 'drop', index },
        git: [['stash', 'drop', '--quiet', `stash@{${index}}`]],
        planned: true,
      };
    case 'stash branch':
      return {
        tool: 'git_stash',
        args: { action: 'branch', index, branch_name: fresh },
        git: [['stash', 'branch', fresh, `stash@{${index}}`]],
      };
    case 'rm':
      return {
        tool: 'git_rm',
        args: { paths: [known], cached: one, force: two },
        git: [['rm', '--quiet', ...on([one, '--cached'], [two, '--force']), '--', known]],
        planned: two,
      };
    case 'mv':
      return {
        tool: 'git_mv',
        args: { sources: [known], destination: other, force: one },
        git: [['mv', ...on([one, '--force']), '--', known, other]],
        planned: one,
      };
    case 'restore': {
      const source = two ? { source: commit } : {};
      const options = [
        ...on([one, '--staged'], [!one || three, '--worktree']),
        ...on([two, `--source=${commit}`]),
      ];
      return {
        tool: 'git_restore',
        args: { paths: [known], staged: one, worktree: !one || three, ...source },
        git: [['restore', '--quiet', ...options, '--', known]],
        planned: true,
      };
    }
    case 'create branch':
      return {
        tool: 'git_create_branch',
        args: { branch_name: fresh, base_branch: branch },
        git: [['branch', '--no-track', fresh, branch]],
      };
    case 'rename branch':
      return {
        tool: 'git_branch_edit',
        args: { action: 'rename', name: branch, new_name: fresh },
        git: [['branch', '-m', branch, fresh]],
      };
    case 'delete branch':
      return {
        tool: 'git_branch_edit',
        args: { action: 'delete', name: branch, force: one },
        git: [['branch', '-D', branch]],
        planned: true,
      };
    case 'tag': {
      const words = text.trim() === '' || one ? {} : { message: text };
      const options = 'message' in words ? ['-a', '--cleanup=whitespace', '-m', text] : [];
      return {
        tool: 'git_tag',
        args: { action: 'create', name: fresh, target: commit, ...words },
        git: [['tag', ...options, fresh, commit]],
      };
    }
    case 'delete tag':
      return {
        tool: 'git_tag',
        args: { action: 'delete', name: fresh },
        git: [['tag', '-d', fresh]],
        planned: true,
      };
    case 'clean':
      return {
        tool: 'git_clean',
        args: { directories: one },
        git: [['clean', '--quiet', '--force', ...on([one, '-d'])]],
        planned: true,
      };
    case 'apply':
    case 'edit': {
      const patch = repo.git(['diff', '--binary', '--full-index', commit, branches[0] ?? branch]);
      const to = ['worktree', 'index', 'both'][pick % 3] as string;
      repo.write('.git/twin.patch', patch);
      const options = { worktree: [], index: ['--cached'], both: ['--index'] }[to] ?? [];
      return {
        tool: 'git_apply',
        args: { patch, to, reverse: one },
        git: [['apply', ...options, ...on([one, '--reverse']), '.git/twin.patch']],
      };
    }
  }
}

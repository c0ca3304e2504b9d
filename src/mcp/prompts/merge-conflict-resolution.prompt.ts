import { type RepositoryStatus } from '../../git/git-reads.port.js';
import { optional } from './prompt-arguments.js';
import { commitsData, diffData, statusData } from './prompt-data.js';
import { type PromptData } from './prompt-text.js';
import { type RepositoryFacts } from './repository-facts.js';
import { type PromptRecipe } from './repository.prompt.js';

type Operation = NonNullable<RepositoryStatus['operation']>;

const COMMITS_PER_SIDE = 20;

/** What git calls the commit that is being applied. */
const APPLIED: Readonly<Record<Exclude<Operation, 'merge' | 'bisect'>, string>> = {
  rebase: 'REBASE_HEAD',
  'cherry-pick': 'CHERRY_PICK_HEAD',
  revert: 'REVERT_HEAD',
  stash: 'refs/stash',
};

/** By the letters of index and work tree, as git-status(1) has them. */
const CONFLICTS: Readonly<Record<string, string>> = {
  DD: 'both deleted',
  AU: 'added by us',
  UD: 'deleted by them',
  UA: 'added by them',
  DU: 'deleted by us',
  AA: 'both added',
  UU: 'both modified',
};

export const MERGE_CONFLICT_RESOLUTION: PromptRecipe = {
  name: 'merge_conflict_resolution',
  title: 'Resolve conflicts',
  description:
    'How to resolve the conflicts of a merge, rebase, cherry-pick or revert that has stopped. Reads the status, the conflicting files and what both sides wanted.',
  arguments: [
    optional('branch_info', 'What the two sides are for, and which of them should win where in doubt'),
  ],
  wishes: ['branch_info'],
  task: `Help to resolve the conflicts of a git operation that has stopped.

- First say what each side wanted, from the commits.
- Then, for each conflicting file: what clashes, which resolution keeps the intent of both, and the resolved text of each conflicting part, without markers. Where both cannot be kept, say which goes and why.
- In a patch with two columns of signs, the first column compares with our side (HEAD) and the second with theirs; in a rebase, our side is the branch that is rebased onto.
- Name what has to be tested because both sides touched it, also in files that did not conflict.
- End with the steps: edit the files, git_add each of them, then git_continue with the operation; git_abort gives everything up.
- Where no file is in conflict, resolve nothing: say so, and whether an operation still waits for git_continue.`,
  conclusion: 'Say how to resolve the conflicts.',
  async gather(facts) {
    const [status, unstaged] = await Promise.all([facts.status(), facts.changes('unstaged')]);
    return [
      statusData(status),
      conflictsData(status),
      ...diffData(
        'conflicting and other unstaged changes',
        unstaged,
        'no tracked file has unstaged changes.',
      ),
      ...(await sides(facts, status)),
    ];
  },
};

function conflictsData({ entries }: RepositoryStatus): PromptData {
  const lines = entries.flatMap(({ path, index, worktree }) => {
    const kind = CONFLICTS[index + worktree];
    return kind === undefined ? [] : [`${kind}: ${path}`];
  });
  return { title: 'files in conflict', text: lines.join('\n'), empty: 'no file is in conflict.' };
}

async function sides(facts: RepositoryFacts, { operation, head }: RepositoryStatus): Promise<PromptData[]> {
  if (operation === undefined || operation === 'bisect') {
    return [{ title: 'the operation', text: '', empty: 'no merge, rebase, cherry-pick or revert is open.' }];
  }
  if (operation !== 'merge') return applied(facts, APPLIED[operation]);
  if (head === null || !(await facts.commitAt('MERGE_HEAD'))) return [];
  const [theirs, ours] = await Promise.all([
    facts.commits('HEAD', 'MERGE_HEAD', COMMITS_PER_SIDE),
    facts.commits('MERGE_HEAD', 'HEAD', COMMITS_PER_SIDE),
  ]);
  return [
    commitsData('commits that come in', theirs.commits, 'none.', theirs.total),
    commitsData('commits that only our side has', ours.commits, 'none.', ours.total),
  ];
}

async function applied(facts: RepositoryFacts, name: string): Promise<PromptData[]> {
  const [stopped, ours] = await Promise.all([facts.commitAt(name), facts.recent(COMMITS_PER_SIDE)]);
  const commit = stopped ? [stopped.commit] : [];
  return [
    commitsData('the commit that is being applied', commit, 'git does not say which one it is.'),
    commitsData('the newest commits of our side', ours, 'there are no commits yet.'),
  ];
}

import { type BranchInfo, type DiffAnswer } from '../../git/git-reads.port.js';
import { type CommitsOfRange } from '../../git/reads/history.reader.js';
import { ServerError } from '../../shared/errors/index.js';
import { type Given } from './prompt-arguments.js';
import { commitsData, diffData } from './prompt-data.js';
import { type PromptData } from './prompt-text.js';
import { type RepositoryFacts } from './repository-facts.js';

/** A branch beside the one that it would be merged into. */
export interface Comparison {
  readonly base: string;
  readonly compare: string;
  readonly diff: DiffAnswer;
  /** Those that `compare` has and `base` has not. */
  readonly ahead: CommitsOfRange;
  /** How many `base` has and `compare` has not. */
  readonly behind: number;
}

const MAX_COMMITS = 100;
/** What main branches are called, the likeliest first. */
const MAIN_BRANCHES = ['main', 'master', 'trunk', 'develop'];

/** @throws ServerError `validation_failed` where no base is given and none can be told */
export async function compareBranches(facts: RepositoryFacts, given: Given): Promise<Comparison> {
  const compare = given['compare'] ?? 'HEAD';
  const base = given['base'] ?? mainBranch(await facts.branches(), compare);
  const [diff, ahead, behind] = await Promise.all([
    facts.changesOf(base, compare),
    facts.commits(base, compare, MAX_COMMITS),
    facts.commits(compare, base, 1),
  ]);
  return { base, compare, diff, ahead, behind: behind.total };
}

export function comparisonData({ base, compare, diff, ahead, behind }: Comparison): PromptData[] {
  const ends = [
    `base: ${base}`,
    `compare: ${compare}`,
    `commits of compare that base lacks: ${ahead.total}`,
    `commits of base that compare lacks: ${behind}`,
  ];
  return [
    { title: 'what is compared', text: ends.join('\n'), empty: 'nothing.' },
    commitsData('commits', ahead.commits, 'compare has no commit that base lacks.', ahead.total),
    ...diffData('changes', diff, 'compare changes nothing since it left base.'),
  ];
}

/** The main branch, here or at origin; for the main branch itself, what it follows. */
function mainBranch(branches: readonly BranchInfo[], compare: string): string {
  const names = MAIN_BRANCHES.flatMap((name) => [name, `origin/${name}`]);
  const found = names.map((name) => branches.find((branch) => branch.name === name)).find(Boolean);
  const compared = branches.find(({ name, current }) => (compare === 'HEAD' ? current : name === compare));
  const base = found && found === compared ? found.upstream : found?.name;
  if (base !== undefined) return base;
  throw new ServerError('validation_failed', 'Which branch to compare with cannot be told; give base', {
    details: [
      { path: 'arguments.base', constraint: 'isDefined', message: 'base is needed in this repository' },
    ],
  });
}

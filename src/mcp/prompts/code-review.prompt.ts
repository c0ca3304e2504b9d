import { compareBranches, comparisonData } from './comparison.js';
import { BASE, COMPARE, type Given, optional } from './prompt-arguments.js';
import { diffData, statusData } from './prompt-data.js';
import { type PromptData } from './prompt-text.js';
import { type RepositoryFacts } from './repository-facts.js';
import { type PromptRecipe } from './repository.prompt.js';

const WHOLE_BRANCH = 'base or compare';

export const CODE_REVIEW: PromptRecipe = {
  name: 'code_review',
  title: 'Review changes',
  description: `A review of what is not committed yet or, with ${WHOLE_BRANCH}, of a branch as a pull request shows it. Reads status and patches.`,
  arguments: [
    {
      ...BASE,
      description: `${BASE.description}; with neither base nor compare, what is not committed is reviewed`,
    },
    COMPARE,
    optional('context', 'What the review should know or look at most: the purpose, known risks'),
  ],
  wishes: ['context'],
  task: `Review the changes below as an experienced engineer of the project would.

- Look, in this order, for: wrong results and lost data, security, races and leaks, errors that are swallowed, broken interfaces, missing tests, needless complexity, names and comments.
- For each finding give the file and the line, how bad it is (blocking, should fix, could fix), what goes wrong in which case, and the smallest change that mends it.
- Report what the patch shows. Where a finding depends on code that is not shown, say what to look at; the tools of this server can read it.
- Say what is good where it is worth keeping. Praise nothing by duty.
- End with a verdict: approve, approve with changes, or request changes, and the one reason that decides.
- Where there are no changes, review nothing: say that there are none.`,
  conclusion: 'Review the changes.',
  gather: (facts, given) =>
    given['base'] === undefined && given['compare'] === undefined ? uncommitted(facts) : branch(facts, given),
};

async function branch(facts: RepositoryFacts, given: Given): Promise<PromptData[]> {
  return comparisonData(await compareBranches(facts, given));
}

async function uncommitted(facts: RepositoryFacts): Promise<PromptData[]> {
  const [status, staged, unstaged] = await Promise.all([
    facts.status(),
    facts.changes('staged'),
    facts.changes('unstaged'),
  ]);
  return [
    statusData(status),
    ...diffData('staged changes', staged, 'nothing is staged.'),
    ...diffData('unstaged changes', unstaged, 'no tracked file has unstaged changes.'),
  ];
}

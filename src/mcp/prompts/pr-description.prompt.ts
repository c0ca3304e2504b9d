import { compareBranches, comparisonData } from './comparison.js';
import { BASE, COMPARE, optional } from './prompt-arguments.js';
import { type PromptRecipe } from './repository.prompt.js';

export const PR_DESCRIPTION: PromptRecipe = {
  name: 'pr_description',
  title: 'Describe a pull request',
  description:
    'A title and a description for merging one branch into another. Reads the commits and the changes between them.',
  arguments: [
    BASE,
    COMPARE,
    optional('title', 'Title that the pull request is to have'),
    optional('changes', 'What the changes are about, in your words'),
    optional('breaking', 'What stops working for whoever uses the project'),
  ],
  wishes: ['title', 'changes', 'breaking'],
  task: `Write the title and the description of a pull request.

- The title says in one line of at most 72 characters what merging it brings.
- The description has these parts, each only where there is something to say: Summary (what and why, two or three sentences), Changes (a list by subject, not by file), Breaking changes (what stops working, and what to do instead), How to test (steps that follow from the changes), Notes for the reviewer (risks, what was left out).
- Take everything from the commits and the patch. Do not claim tests, measurements or reviews that they do not show.
- Where compare has no commit and no change that base lacks, write no description: say that there is nothing to merge.`,
  conclusion: 'Write the title and the description of the pull request.',
  gather: async (facts, given) => comparisonData(await compareBranches(facts, given)),
};

import { optional } from './prompt-arguments.js';
import { branchesData, tagsData } from './prompt-data.js';
import { practiceData } from './practice.js';
import { type PromptRecipe } from './repository.prompt.js';

const TAGS = 50;

export const BRANCH_STRATEGY: PromptRecipe = {
  name: 'branch_strategy',
  title: 'Recommend a branch strategy',
  description:
    'Which branches the project should have and how changes flow between them. Reads branches, tags with their dates and how the last commits were made.',
  arguments: [
    optional('project_type', 'web service, library, mobile app, embedded, monorepo, …'),
    optional(
      'deployment_frequency',
      'How often it is released or deployed; the dates of the tags tell it where it is left out',
    ),
  ],
  wishes: ['project_type', 'deployment_frequency'],
  task: `Recommend a branch strategy for a project.

- First say what it does today: which branches live long, how often it releases (by the dates of its tags), whether work is merged, rebased or committed straight to the main branch.
- Recommend one strategy and give the two or three facts that decide for it. Name the strategy that comes next, and what would have to be different for it.
- Say which branches there should be, how they are named, which are protected and how, where releases are tagged, how a mistake in a release is mended, and which of the present branches should go.
- Give the move from today's state as steps, each of which leaves a working project.
- Where the history is too short to tell, say which questions the team has to answer first.`,
  conclusion: 'Recommend the branch strategy.',
  async gather(facts) {
    const [branches, tags, practice] = await Promise.all([
      facts.branches(),
      facts.tags(),
      practiceData(facts),
    ]);
    return [branchesData(branches), tagsData(tags, TAGS), ...practice];
  },
};

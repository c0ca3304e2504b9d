import { optional } from './prompt-arguments.js';
import { branchesData, tagsData } from './prompt-data.js';
import { practiceData } from './practice.js';
import { type PromptRecipe } from './repository.prompt.js';

const TAGS = 20;

export const GIT_WORKFLOW_GUIDE: PromptRecipe = {
  name: 'git_workflow_guide',
  title: 'Explain a git workflow',
  description:
    'A guide to working with this repository, by the workflow that is asked for or the one that its history shows. Reads branches, tags and how the last commits were made.',
  arguments: [
    optional(
      'workflow_type',
      'gitflow, github-flow, gitlab-flow, trunk-based, forking; what the history shows where it is left out',
    ),
    optional('team_size', 'How many people, and agents, work on the repository'),
  ],
  wishes: ['workflow_type', 'team_size'],
  task: `Write a guide to the daily work with a git repository.

- First say which workflow the branches, tags and commits show to be in use, with what you conclude it from. Where they show too little, say so.
- Where the user asks for another workflow, say what would have to change, step by step.
- Then explain: starting a piece of work, committing, keeping up with the main branch, getting it reviewed and merged, releasing, mending a release. Give the commands with the real names of this repository's branches.
- Fit it to the size of the team. Leave out what this repository does not need.`,
  conclusion: 'Write the guide for this repository.',
  async gather(facts) {
    const [branches, tags, practice] = await Promise.all([
      facts.branches(),
      facts.tags(),
      practiceData(facts),
    ]);
    return [branchesData(branches), tagsData(tags, TAGS), ...practice];
  },
};

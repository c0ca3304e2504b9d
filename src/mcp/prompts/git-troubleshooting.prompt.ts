import { branchesData, statusData, subjectsData } from './prompt-data.js';
import { type PromptData } from './prompt-text.js';
import { optional } from './prompt-arguments.js';
import { type PromptRecipe } from './repository.prompt.js';

const RECENT_COMMITS = 20;

export const GIT_TROUBLESHOOTING: PromptRecipe = {
  name: 'git_troubleshooting',
  title: 'Solve a problem with git',
  description:
    'Finds what is wrong in a repository and how to mend it without losing work. Reads the status, the branches and the last commits.',
  arguments: [
    {
      name: 'issue',
      description: 'What goes wrong, and what was expected',
      required: true,
      maxLength: 16_384,
    },
    optional('git_status', 'Output of git, for example the message of the command that failed', {
      maxLength: 65_536,
    }),
  ],
  wishes: ['issue'],
  task: `Find out what is wrong in a git repository and how to mend it.

- Say what the state of the repository is, as far as the data shows it, and what explains the issue. Where several causes are possible, say which check tells them apart.
- Give the way out as steps with the exact commands. Prefer what can be undone. Before each step that can lose work (reset --hard, clean, a forced push, a rebase of what others have), say what is lost and make a branch or a stash first.
- Say how to see that it worked, and how not to get there again.
- Where the data does not show the problem, say so and ask for what is missing. Do not guess.`,
  conclusion: 'Explain the problem and how to mend it.',
  async gather(facts, given) {
    const [status, branches, recent] = await Promise.all([
      facts.status(),
      facts.branches(),
      facts.recent(RECENT_COMMITS),
    ]);
    return [
      statusData(status),
      branchesData(branches),
      subjectsData('newest commits', recent, 'there are no commits yet.'),
      said(given['git_status']),
    ];
  },
};

function said(text = ''): PromptData {
  return { title: 'output of git that was given', text, empty: 'none was given.', keep: 'tail' };
}

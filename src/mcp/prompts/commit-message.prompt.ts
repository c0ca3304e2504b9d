import { optional } from './prompt-arguments.js';
import { diffData, statusData, subjectsData } from './prompt-data.js';
import { type PromptRecipe } from './repository.prompt.js';

const RECENT_COMMITS = 15;

export const COMMIT_MESSAGE: PromptRecipe = {
  name: 'commit_message',
  title: 'Write a commit message',
  description:
    'A message for what is staged, in the manner of the recent commits. Reads the status, the staged changes and the last commits.',
  arguments: [
    optional('type', 'Type of a Conventional Commit: feat, fix, docs, refactor, test, build, …'),
    optional('scope', 'Scope of a Conventional Commit: the part of the project that changes'),
  ],
  wishes: ['type', 'scope'],
  task: `Write the commit message for the staged changes of a git repository.

- The first line says in at most 72 characters what the commit does, in the imperative mood, without a full stop.
- Follow the manner of the recent commits (language, prefixes, capitals). Where they have none, use Conventional Commits: type(scope): description.
- Where the first line does not say why, add a blank line and a body, wrapped at 72 columns, that does.
- Describe only what the staged patch shows. Where it mixes unrelated things, say so after the message and propose how to split it.
- Where nothing is staged, write no message: say that nothing is staged, and what could be according to the status.`,
  conclusion: 'Write the commit message for the staged changes.',
  async gather(facts) {
    const [status, staged, recent] = await Promise.all([
      facts.status(),
      facts.changes('staged'),
      facts.recent(RECENT_COMMITS),
    ]);
    return [
      statusData(status),
      ...diffData('staged changes', staged, 'nothing is staged.'),
      subjectsData('recent commits', recent, 'there are no commits yet; this would be the first.'),
    ];
  },
};

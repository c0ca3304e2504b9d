import { type Comparison, compareBranches, comparisonData } from './comparison.js';
import { logData } from './ci-log.js';
import { BASE, COMPARE, optional } from './prompt-arguments.js';
import { subjectOf } from './prompt-data.js';
import { type PromptData } from './prompt-text.js';
import { type PromptRecipe } from './repository.prompt.js';

const UNFINISHED = /^(?:fixup!|squash!|amend!|wip\b|\[wip\]|tmp\b|temp\b|do not merge)/i;
const MARKER = /^\+(?:<{7}|>{7}|\|{7})(?: |$)/m;
const TEST_FILE = /(?:^|[/._-])(?:tests?|specs?)(?=[/._-])/i;
const MAX_GIVEN_LENGTH = 65_536;

export const PR_READINESS_ASSESSMENT: PromptRecipe = {
  name: 'pr_readiness_assessment',
  title: 'Judge whether a pull request is ready',
  description:
    'Whether a branch can be merged, and what is missing. Reads its commits and changes, how far it is behind, and signs of unfinished work.',
  arguments: [
    BASE,
    COMPARE,
    optional('pr_details', 'Title, description and number of the pull request', {
      maxLength: MAX_GIVEN_LENGTH,
    }),
    optional('ci_status', 'State of its checks'),
    optional('review_comments', 'What reviewers wrote', { maxLength: MAX_GIVEN_LENGTH }),
  ],
  wishes: ['ci_status'],
  task: `Judge whether a pull request is ready to be merged.

- Begin with the verdict: ready, ready with small changes, or not ready, and the reason that decides.
- Then go through: what it is for and whether the changes do that and only that; correctness and risks; tests; documentation; breaking changes; history (size, messages, unfinished commits); whether it is up to date with its base; checks; comments of reviewers that are still open.
- For each say ok, missing or unknown. Unknown is an answer: neither checks nor reviews are read from the repository, they are only known where they were given.
- End with a list of what is left to do, blocking points first.
- Where compare has no commit and no change that base lacks, say that there is nothing to merge.`,
  conclusion: 'Judge whether the pull request is ready.',
  async gather(facts, given) {
    const comparison = await compareBranches(facts, given);
    return [
      ...comparisonData(comparison),
      signsData(comparison),
      logData('what the pull request says', given['pr_details'], 'it was not given.'),
      logData('comments of reviewers', given['review_comments'], 'none were given.'),
    ];
  },
};

/** What a machine can tell for sure, so that nobody has to look for it. */
function signsData({ ahead, behind, diff }: Comparison): PromptData {
  const unfinished = ahead.commits.filter(({ message }) => UNFINISHED.test(subjectOf(message)));
  const merges = ahead.commits.filter(({ parents }) => parents.length > 1);
  const tests = diff.files.filter(({ path }) => TEST_FILE.test(path));
  const signs = [
    `files changed: ${diff.files.length}, of them tests by their name: ${tests.length}`,
    `binary files: ${diff.files.filter(({ binary }) => binary).length}`,
    `commits of the base that are not merged in: ${behind}`,
    `merge commits in it: ${merges.length}`,
    `commits that call themselves unfinished: ${unfinished.length}`,
    `conflict markers added: ${MARKER.test(diff.patch) ? 'yes' : 'no'}`,
  ];
  return { title: 'signs', text: signs.join('\n'), empty: 'none.' };
}

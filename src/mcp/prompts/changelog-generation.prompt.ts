import { optional } from './prompt-arguments.js';
import { tagsData } from './prompt-data.js';
import { type PromptData } from './prompt-text.js';
import { releaseData, releaseRange } from './releases.js';
import { type PromptRecipe } from './repository.prompt.js';

const TAGS = 10;
const CHANGELOG = 'CHANGELOG.md';
/** In characters: enough to see its form and its last entries. */
const MAX_BEGINNING = 4_000;

export const CHANGELOG_GENERATION: PromptRecipe = {
  name: 'changelog_generation',
  title: 'Write a changelog entry',
  description:
    'The entry of a changelog for the commits since the last tag, or since the version that is given. Reads those commits, the newest tags and the beginning of CHANGELOG.md.',
  arguments: [
    optional(
      'format',
      'Form of the changelog: keep-a-changelog, conventional, or your own words; that of CHANGELOG.md where it is left out',
    ),
    optional(
      'previous_version',
      'Tag or commit after which the entry begins; the nearest tag where it is left out',
      {
        completes: 'ref',
      },
    ),
    optional('to', 'Where the entry ends; HEAD where it is left out', { completes: 'ref' }),
  ],
  wishes: ['format'],
  task: `Write the entry of a changelog for a range of commits.

- Use the form that the user asks for; without one, the form of the present changelog; without that, Keep a Changelog: Added, Changed, Deprecated, Removed, Fixed, Security, in this order, each only where it has entries.
- One line per notable change. Commits that belong together become one line; merges, reverted commits and formatting get none.
- Mark what breaks users with "BREAKING" (a "!" after the type, or a "BREAKING CHANGE" footer in the message, says so).
- Propose the number of the version by semantic versioning from the newest tag, and say why.
- Where the range holds no commit, write no entry: say that nothing was committed.`,
  conclusion: 'Write the entry of the changelog.',
  async gather(facts, given) {
    const [release, tags, changelog] = await Promise.all([
      releaseRange(facts, given),
      facts.tags(),
      facts.file(CHANGELOG),
    ]);
    return [...releaseData(release), tagsData(tags, TAGS), beginningOf(changelog)];
  },
};

function beginningOf(changelog = ''): PromptData {
  const empty = `HEAD has no ${CHANGELOG}.`;
  return { title: 'beginning of the present changelog', text: changelog, empty, maxLength: MAX_BEGINNING };
}

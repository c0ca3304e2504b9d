import { optional } from './prompt-arguments.js';
import { tagsData } from './prompt-data.js';
import { releaseData, releaseRange } from './releases.js';
import { type PromptRecipe } from './repository.prompt.js';

const TAGS = 10;

export const RELEASE_NOTES: PromptRecipe = {
  name: 'release_notes',
  title: 'Write release notes',
  description:
    'Notes for the users of a release. Reads the commits since the last tag, or between the tag of a version and the one before it.',
  arguments: [
    {
      name: 'version',
      description: 'Version of the release: 1.4.0; it may have its tag already',
      required: true,
    },
    optional(
      'previous_version',
      'Tag or commit of the release before; the nearest tag where it is left out',
      {
        completes: 'ref',
      },
    ),
  ],
  wishes: ['version', 'previous_version'],
  task: `Write the notes of a release, for the people who use the project.

- Begin with one or two sentences that say what the release is about.
- Then, each only where there is something to say: Breaking changes (with what to do), New, Improved, Fixed, Security, Deprecated. One line per change, in words of its users, with the short id of its commit in parentheses.
- Leave out what no user notices (refactoring, tests, build), and thank by name whoever the commits name as author.
- Take everything from the commits. Where a message is too poor to tell what changed, list it under Other as it is.
- Where the range holds no commit, write no notes: say that nothing was committed since the last release.`,
  conclusion: 'Write the release notes.',
  async gather(facts, given) {
    const [release, tags] = await Promise.all([releaseRange(facts, given, given['version']), facts.tags()]);
    return [...releaseData(release), tagsData(tags, TAGS)];
  },
};

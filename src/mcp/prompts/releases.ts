import { type CommitsOfRange } from '../../git/reads/history.reader.js';
import { type Given } from './prompt-arguments.js';
import { commitsData } from './prompt-data.js';
import { type PromptData } from './prompt-text.js';
import { type RepositoryFacts } from './repository-facts.js';

/** The commits of one release. */
export interface ReleaseRange {
  /** A tag or what the caller gave; none where the range goes back to the beginning. */
  readonly from: string | undefined;
  readonly to: string;
  readonly range: CommitsOfRange;
}

const MAX_COMMITS = 200;
/** Enough for what 200 commits say in full. */
const MAX_LENGTH = 60_000;

/**
 * From the last release to this one. Where the end (`to`, or else the version) has a tag, it is that release; without
 * an end it is the next one, from the nearest tag to HEAD.
 */
export async function releaseRange(
  facts: RepositoryFacts,
  given: Given,
  version?: string,
): Promise<ReleaseRange> {
  const tagged = await tagOf(facts, given['to'] ?? version);
  const to = tagged ?? given['to'] ?? 'HEAD';
  const from = given['previous_version'] ?? (await previousTag(facts, to, tagged !== undefined));
  return { from, to, range: await facts.commits(from, to, MAX_COMMITS) };
}

export function releaseData({ from, to, range }: ReleaseRange): PromptData[] {
  const ends = [
    `from: ${from ?? 'the first commit (no earlier tag)'}`,
    `to: ${to}`,
    `commits: ${range.total}`,
  ];
  const commits = commitsData('commits', range.commits, 'there is no commit in this range.', range.total);
  return [
    { title: 'the range', text: ends.join('\n'), empty: 'nothing.' },
    { ...commits, maxLength: MAX_LENGTH },
  ];
}

async function tagOf(facts: RepositoryFacts, version: string | undefined): Promise<string | undefined> {
  if (version === undefined) return undefined;
  const tags = await facts.tags();
  const tag = tags.find(({ name }) => name === version || name === `v${version}`);
  return tag && `refs/tags/${tag.name}`;
}

async function previousTag(facts: RepositoryFacts, to: string, isTag: boolean): Promise<string | undefined> {
  // From its parent, or a tagged release would be its own predecessor.
  const tag = await facts.nearestTag(isTag ? `${to}^` : to);
  return tag && `refs/tags/${tag}`;
}

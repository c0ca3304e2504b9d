import { type CommitInfo } from '../../git/git-reads.port.js';
import { dayOf, subjectsData } from './prompt-data.js';
import { type PromptData } from './prompt-text.js';
import { type RepositoryFacts } from './repository-facts.js';

const COMMITS = 200;
const SUBJECTS = 30;
const AUTHORS = 20;

/** How the people of a repository work, by its last commits. */
export async function practiceData(facts: RepositoryFacts): Promise<PromptData[]> {
  const commits = await facts.recent(COMMITS);
  return [
    { title: 'how the last commits were made', text: habits(commits), empty: 'there are no commits yet.' },
    subjectsData('newest commits', commits.slice(0, SUBJECTS), 'there are no commits yet.'),
  ];
}

function habits(commits: readonly CommitInfo[]): string {
  const [newest] = commits;
  const oldest = commits.at(-1);
  if (!newest || !oldest) return '';
  const merges = commits.filter(({ parents }) => parents.length > 1).length;
  const authors = countBy(commits.map(({ author }) => author.name));
  return [
    `commits looked at: ${commits.length}, from ${day(oldest)} to ${day(newest)}`,
    `merge commits: ${merges}`,
    `authors: ${authors.length}`,
    ...authors.slice(0, AUTHORS).map(([name, count]) => `  ${count} by ${name}`),
  ].join('\n');
}

function day({ committer }: CommitInfo): string {
  return dayOf(committer.at, committer.offsetMinutes);
}

/** The commonest first. */
function countBy(names: readonly string[]): [name: string, count: number][] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].toSorted(([, one], [, other]) => other - one);
}

import { type ShowAnswer } from '../../git/git-reads.port.js';
import { type PromptArgument } from './prompt.js';
import { dayOf, diffData, subjectOf } from './prompt-data.js';
import { type PromptData } from './prompt-text.js';
import { type RepositoryFacts } from './repository-facts.js';

/** Of the argument; how much of it is shown is another matter. The body of a request has its own limit. */
export const MAX_LOG_LENGTH = 4 * 2 ** 20;
/** In characters; about 15,000 tokens. What failed is said at the end of a log. */
const SHOWN = 60_000;
const SUSPECTS = 10;
const FILES_PER_COMMIT = 50;

export const GOOD_REVISION: PromptArgument = {
  name: 'good_revision',
  description: 'The last commit, branch or tag that passed; what came after it is shown',
  required: false,
  completes: 'ref',
};

export function logData(title: string, text: string | undefined, empty: string): PromptData {
  // Terminals draw nothing for them; written out they would stand at each end of line.
  const lines = (text ?? '').replaceAll('\r\n', '\n');
  return { title, text: lines, empty, maxLength: SHOWN, keep: 'tail' };
}

/** What may have broken it: all since the commit that passed, or else the last commits. */
export async function suspectsData(
  facts: RepositoryFacts,
  log: string,
  goodRevision: string | undefined,
): Promise<PromptData[]> {
  const suspects = await suspectsOf(facts, goodRevision);
  const commits: PromptData = {
    title:
      goodRevision === undefined
        ? 'the last commits and their files'
        : 'the commits since it passed, and their files',
    text: suspects.map((suspect) => suspectLines(suspect, log)).join('\n'),
    empty:
      goodRevision === undefined ? 'there are no commits yet.' : 'nothing was committed since it passed.',
    note: 'Files that the log names are marked with "named in the log"',
  };
  return [commits, ...(await changesSince(facts, goodRevision, suspects))];
}

async function suspectsOf(facts: RepositoryFacts, goodRevision: string | undefined): Promise<ShowAnswer[]> {
  const commits =
    goodRevision === undefined
      ? await facts.recent(SUSPECTS)
      : (await facts.commits(goodRevision, 'HEAD', SUSPECTS)).commits;
  const shown: ShowAnswer[] = [];
  // One after the other: each may take a worker, and others wait for one too.
  for (const { sha } of commits) {
    const answer = await facts.commitAt(sha);
    if (answer) shown.push(answer);
  }
  return shown;
}

async function changesSince(
  facts: RepositoryFacts,
  goodRevision: string | undefined,
  [newest]: readonly ShowAnswer[],
): Promise<PromptData[]> {
  const none = 'nothing changed.';
  if (goodRevision !== undefined) {
    return diffData('changes since it passed', await facts.changesOf(goodRevision, 'HEAD'), none);
  }
  return newest ? diffData('changes of the last commit', newest.diff, none) : [];
}

function suspectLines({ commit, diff }: ShowAnswer, log: string): string {
  const { sha, author, message } = commit;
  const day = dayOf(author.at, author.offsetMinutes);
  const files = diff.files
    .map(({ path, status }) => ({ path, status, named: isNamed(path, log) }))
    .toSorted((one, other) => Number(other.named) - Number(one.named));
  const more = files.length - FILES_PER_COMMIT;
  return [
    `${sha.slice(0, 12)} ${day} ${author.name}: ${subjectOf(message)}`,
    ...files
      .slice(0, FILES_PER_COMMIT)
      .map(({ path, status, named }) => `    ${status} ${path}${named ? '   named in the log' : ''}`),
    ...(more > 0 ? [`    and ${more} more files`] : []),
  ].join('\n');
}

/** By the whole path, or by its last two parts: logs show paths as the machine had them. */
function isNamed(path: string, log: string): boolean {
  return log.includes(path.split('/').slice(-2).join('/'));
}

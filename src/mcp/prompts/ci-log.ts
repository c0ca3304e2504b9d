import { type ShowAnswer } from '../../git/git-reads.port.js';
import { type PromptArgument } from './prompt.js';
import { dayOf, diffData, subjectOf } from './prompt-data.js';
import { type PromptData } from './prompt-text.js';
import { type RepositoryFacts } from './repository-facts.js';

/** Of the argument; how much of it is shown is another matter. The body of a request has its own limit. */
export const MAX_LOG_LENGTH = 4 * 2 ** 20;
/** In characters; about 15,000 tokens. What failed is said at the end of a log. */
const SHOWN = 60_000;
/** Of its end, in characters: where the names of files are looked for. */
const SEARCHED = 256 * 1024;
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
  const named = namesIn(log);
  const commits: PromptData = {
    title:
      goodRevision === undefined
        ? 'the last commits and their files'
        : 'the commits since it passed, and their files',
    text: suspects.map((suspect) => suspectLines(suspect, named)).join('\n'),
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

function suspectLines({ commit, diff }: ShowAnswer, named: ReadonlySet<string>): string {
  const { sha, author, message } = commit;
  const day = dayOf(author.at, author.offsetMinutes);
  const files = diff.files
    .map(({ path, status }) => ({ path, status, isNamed: named.has(endOf(path)) }))
    .toSorted((one, other) => Number(other.isNamed) - Number(one.isNamed));
  const more = files.length - FILES_PER_COMMIT;
  return [
    `${sha.slice(0, 12)} ${day} ${author.name}: ${subjectOf(message)}`,
    ...files
      .slice(0, FILES_PER_COMMIT)
      .map(({ path, status, isNamed }) => `    ${status} ${path}${isNamed ? '   named in the log' : ''}`),
    ...(more > 0 ? [`    and ${more} more files`] : []),
  ].join('\n');
}

/** The ends of everything in the log that may be a path, so that thousands of files are looked up at no cost. */
function namesIn(log: string): ReadonlySet<string> {
  const words = log.slice(-SEARCHED).split(/[\s:"'`()<>,;|=[\]]+/);
  return new Set(
    words.flatMap((word) => {
      const path = word.replaceAll('\\', '/');
      return [endOf(path), path.slice(path.lastIndexOf('/') + 1)];
    }),
  );
}

/** The last two parts of a path: logs show paths as the machine had them. */
function endOf(path: string): string {
  return path.split('/').slice(-2).join('/');
}

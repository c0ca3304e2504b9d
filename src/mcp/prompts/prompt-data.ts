import {
  type BranchInfo,
  type CommitInfo,
  type DiffAnswer,
  type RepositoryStatus,
} from '../../git/git-reads.port.js';
import { type TagDetails } from '../../git/reads/tag.reader.js';
import { isoDate } from '../../tools/outputs/commit.output.js';
import { statusText } from '../../tools/text/status.text.js';
import { type PromptData } from './prompt-text.js';

/** In characters; about 15,000 tokens. */
const MAX_PATCH_LENGTH = 60_000;
const MAX_MESSAGE_LENGTH = 2_000;
const ID_DIGITS = 12;

export function statusData(status: RepositoryStatus): PromptData {
  return { title: 'status', text: statusText(status), empty: 'there is nothing to tell.' };
}

/** The files first: they are the whole picture where the patch has to be cut. */
export function diffData(what: string, { files, patch, truncated }: DiffAnswer, empty: string): PromptData[] {
  const lines = files.map(
    ({ path, from, status, additions, deletions, binary }) =>
      `${status} ${from === undefined ? path : `${from} -> ${path}`} ${binary ? 'binary' : `+${additions} -${deletions}`}`,
  );
  if (files.length === 0 && patch === '') return [{ title: what, text: '', empty }];
  const note = truncated ? 'The patch above was already cut where it was read' : undefined;
  return [
    { title: `${what}, files`, text: lines.join('\n'), empty: 'there is no list of files.' },
    {
      title: `${what}, patch`,
      text: patch,
      empty: 'the patch holds no text.',
      maxLength: MAX_PATCH_LENGTH,
      note,
    },
  ];
}

/** @param total how many there are, where `commits` may be fewer */
export function commitsData(
  title: string,
  commits: readonly CommitInfo[],
  empty: string,
  total = commits.length,
): PromptData {
  const note =
    total > commits.length
      ? `The block above holds the newest ${commits.length} of ${total} commits`
      : undefined;
  return { title, text: commits.map(commitLine).join('\n'), empty, note };
}

/** Where a prompt needs the manner of messages and not what they say in full. */
export function subjectsData(title: string, commits: readonly CommitInfo[], empty: string): PromptData {
  const lines = commits.map(({ sha, message }) => `${sha.slice(0, ID_DIGITS)} ${subjectOf(message)}`);
  return { title, text: lines.join('\n'), empty };
}

export function tagsData(tags: readonly TagDetails[], maxCount: number): PromptData {
  const lines = tags
    .slice(0, maxCount)
    .map(({ name, at }) => `${at === null ? 'undated' : dayOf(at, 0)} ${name}`);
  const note = tags.length > maxCount ? `There are ${tags.length} tags` : undefined;
  return { title: 'newest tags', text: lines.join('\n'), empty: 'the repository has no tags.', note };
}

export function branchesData(branches: readonly BranchInfo[]): PromptData {
  const lines = branches.map(
    ({ name, remote, current, upstream, subject }) =>
      `${current ? '*' : ' '} ${remote ? 'remote ' : ''}${name}${upstream === undefined ? '' : ` (upstream ${upstream})`}: ${subject}`,
  );
  return { title: 'branches', text: lines.join('\n'), empty: 'the repository has no branches yet.' };
}

export function subjectOf(message: string): string {
  return message.trimStart().split('\n', 1)[0] ?? '';
}

export function dayOf(at: number, offsetMinutes: number): string {
  return isoDate({ at, offsetMinutes }).split('T')[0] ?? '';
}

function commitLine({ sha, parents, author, message }: CommitInfo): string {
  const merge = parents.length > 1 ? ' (merge)' : '';
  const cut =
    message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)} [message cut]` : message;
  const indented = cut.trimEnd().split('\n').join('\n    ');
  return `${sha.slice(0, ID_DIGITS)} ${dayOf(author.at, author.offsetMinutes)} ${author.name}${merge}: ${indented}`;
}

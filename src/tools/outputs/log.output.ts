import { IsOptional, IsString } from 'class-validator';

import { type LoggedCommit } from '../../git/git-reads.port.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { type AnswerForm } from '../answers/answer-form.js';
import { commitOutput, CommitOutput, commitText, isoDate } from './commit.output.js';
import { shortSha } from './head.output.js';

export type LogLayout = 'oneline' | 'short' | 'medium' | 'fuller';

export class LoggedCommitOutput extends CommitOutput {
  @Describe('What the graph has beside it, and below it until the next one')
  @IsOptional()
  @IsString()
  graph?: string;

  @Describe('Of the lines asked for. Only with response_format json: otherwise the text of the answer has it')
  @IsOptional()
  @IsString()
  patch?: string;
}

const BY_VERBOSITY = { concise: 'oneline', normal: 'medium', full: 'fuller' } as const;

/** A graph is drawn with one line a commit. */
export function layoutOf(
  wanted: LogLayout | undefined,
  { verbosity }: AnswerForm,
  graph: boolean,
): LogLayout {
  return graph ? 'oneline' : (wanted ?? BY_VERBOSITY[verbosity]);
}

export function loggedCommitOutput(
  commit: LoggedCommit,
  layout: LogLayout,
  { format }: AnswerForm,
): LoggedCommitOutput {
  const { message, graph, patch } = commit;
  const subject = subjectOf(message);
  const isShort = layout === 'oneline' || layout === 'short';
  const isCut = isShort && message.trimEnd() !== subject;
  return {
    ...commitOutput(isShort ? { ...commit, message: subject } : commit),
    ...(isCut && { message_truncated: true }),
    ...(graph && { graph: graph.join('\n') }),
    ...(patch !== undefined && format === 'json' && { patch }),
  };
}

export function loggedCommitText(commit: LoggedCommit, layout: LogLayout): string {
  const { graph, patch } = commit;
  if (layout === 'oneline') {
    const [drawn, ...below] = graph ?? [];
    const line = `${shortSha(commit.sha)} ${subjectOf(commit.message)}`;
    return [drawn === undefined ? line : `${drawn}${line}`, ...below].join('\n');
  }
  const text = TEXTS[layout](commit);
  return patch === undefined ? text : `${text}\n\n${patch.trimEnd()}`;
}

const TEXTS = { short: shortText, medium: (commit: LoggedCommit) => commitText(commit), fuller: fullerText };

function shortText({ sha, author, message }: LoggedCommit): string {
  return `commit ${sha}\nAuthor: ${author.name} <${author.email}>\n\n    ${subjectOf(message)}`;
}

function fullerText(commit: LoggedCommit): string {
  const { author, committer } = commit;
  const identities = [
    `Author:     ${author.name} <${author.email}>`,
    `AuthorDate: ${isoDate(author)}`,
    `Commit:     ${committer.name} <${committer.email}>`,
    `CommitDate: ${isoDate(committer)}`,
  ];
  const lines = commitText(commit).split('\n');
  const at = lines.findIndex((line) => line.startsWith('Author: '));
  return [...lines.slice(0, at), ...identities, ...lines.slice(at + 2)].join('\n');
}

/** The first paragraph in one line, as git has it. */
function subjectOf(message: string): string {
  const [paragraph = ''] = message.replace(/^\s+/, '').split(/\n[ \t\r]*\n/, 1);
  return paragraph
    .split('\n')
    .map((line) => line.trimEnd())
    .join(' ')
    .trim();
}

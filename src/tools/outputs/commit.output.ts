import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsOptional, IsString, ValidateNested } from 'class-validator';

import { type CommitIdentity, type CommitInfo } from '../../git/git-reads.port.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { cutAtCharacter } from '../answers/fit-text.js';

export class IdentityOutput {
  @IsString()
  name: string;

  @IsString()
  email: string;

  @Describe('ISO 8601 with the offset of whoever made the commit')
  @IsString()
  date: string;
}

export class CommitOutput {
  @Describe('Full object id')
  @IsString()
  sha: string;

  @Describe('Object ids of the parents; two or more for a merge')
  @IsArray()
  @IsString({ each: true })
  parents: string[];

  @ValidateNested()
  @Type(() => IdentityOutput)
  author: IdentityOutput;

  @ValidateNested()
  @Type(() => IdentityOutput)
  committer: IdentityOutput;

  @Describe('The message, subject line first')
  @IsString()
  message: string;

  @Describe('The message was too long and was cut. Absent where it is whole')
  @IsOptional()
  @IsBoolean()
  message_truncated?: boolean;
}

/** A message of this server has 65,536 characters at most; those of others are shown to the same length. */
const MAX_MESSAGE_BYTES = 65_536;

export function commitOutput(
  { sha, parents, author, committer, message }: CommitInfo,
  maxMessageBytes = MAX_MESSAGE_BYTES,
): CommitOutput {
  const shown = cutAtCharacter(message, maxMessageBytes);
  return {
    sha,
    parents: [...parents],
    author: identityOutput(author),
    committer: identityOutput(committer),
    message: shown,
    ...(shown !== message && { message_truncated: true }),
  };
}

/** As `git log` prints it, with ISO dates. */
export function commitText(
  { sha, parents, author, message }: CommitInfo,
  maxMessageBytes = MAX_MESSAGE_BYTES,
): string {
  const merge = parents.length > 1 ? [`Merge: ${parents.map((parent) => parent.slice(0, 7)).join(' ')}`] : [];
  const shown = cutAtCharacter(message, maxMessageBytes);
  const indented = shown
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`.trimEnd());
  return [
    `commit ${sha}`,
    ...merge,
    `Author: ${author.name} <${author.email}>`,
    `Date:   ${dateOf(author)}`,
    '',
    ...indented,
    ...(shown === message ? [] : ['    [The rest of the message is left out]']),
  ].join('\n');
}

function identityOutput(identity: CommitIdentity): IdentityOutput {
  return { name: identity.name, email: identity.email, date: dateOf(identity) };
}

/** Commits that are remembered are shown again and again, and writing a date is the half of showing one. */
const dates = new WeakMap<CommitIdentity, string>();

function dateOf(identity: CommitIdentity): string {
  const known = dates.get(identity) ?? isoDate(identity);
  dates.set(identity, known);
  return known;
}

/** Dates beyond what JavaScript can show (year 275,760) are git's own garbage in, garbage out: shown as seconds. */
const MAX_SECONDS = 8_640_000_000_000;

export function isoDate({ at, offsetMinutes }: Pick<CommitIdentity, 'at' | 'offsetMinutes'>): string {
  const local = at + offsetMinutes * 60;
  if (Math.abs(local) > MAX_SECONDS) return `@${at}`;
  const sign = offsetMinutes < 0 ? '-' : '+';
  const minutes = Math.abs(offsetMinutes);
  const offset = `${sign}${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  return `${new Date(local * 1_000).toISOString().slice(0, -5)}${offset}`;
}

import { Injectable } from '@nestjs/common';

import { type Repository } from '../repository.js';
import { RepositoryState } from '../writes/repository-state.service.js';

export const TAG_ORDERS = ['newest', 'oldest', 'name', 'version'] as const;

export interface TagQuery {
  /** As `git tag --list` takes it: `*` stands for any text, slashes included. */
  readonly pattern?: string;
  /** A commit. */
  readonly contains?: string;
  /** An object of any type. */
  readonly pointsAt?: string;
  readonly order: (typeof TAG_ORDERS)[number];
}

export interface TagRecord {
  readonly name: string;
  /** The tag object of an annotated tag, else what the tag names. */
  readonly object: string;
  /** What the tag names in the end. */
  readonly target: string;
  /** `commit`, `tree` or `blob`. */
  readonly type: string;
  readonly annotated: boolean;
  /** Whole seconds since 1970 UTC, `null` where git knows none. */
  readonly at: number | null;
  readonly subject: string;
  /** Of annotated tags only: `Name <e-mail>`, and the whole message without its signature. */
  readonly tagger?: string;
  readonly message?: string;
  readonly signed: boolean;
}

const FIELDS = [
  'refname:strip=2',
  'objectname',
  'objecttype',
  '*objectname',
  '*objecttype',
  'creatordate:unix',
  'taggername',
  'taggeremail',
  'contents:subject',
  'contents:body',
  'if)%(contents:signature)%(then)yes%(end',
];
const FORMAT = `--format=${FIELDS.map((field) => `%(${field})%00`).join('')}`;
const SORT = {
  newest: ['--sort=refname', '--sort=-creatordate'],
  oldest: ['--sort=refname', '--sort=creatordate'],
  name: ['--sort=refname'],
  version: ['--sort=version:refname'],
} as const;

/** Finds tags by what git can ask of them. */
@Injectable()
export class TagLister {
  constructor(private readonly state: RepositoryState) {}

  /** @throws ServerError `revision_not_found` */
  async find(
    repository: Repository,
    { pattern, order, ...of }: TagQuery,
    signal: AbortSignal,
  ): Promise<readonly TagRecord[]> {
    const [contains, pointsAt] = await Promise.all([
      of.contains === undefined ? undefined : this.state.commit(repository, of.contains, signal),
      of.pointsAt === undefined ? undefined : this.state.anyObject(repository, of.pointsAt, signal),
    ]);
    const command = {
      name: 'tag listing',
      options: [
        FORMAT,
        ...SORT[order],
        ...(contains === undefined ? [] : [`--contains=${contains}`]),
        ...(pointsAt === undefined ? [] : [`--points-at=${pointsAt}`]),
      ],
      revisions: pattern === undefined ? [] : [pattern],
    };
    const fields = await this.state.list(repository, command, signal);
    const records = Array.from({ length: fields.length / FIELDS.length }, (_, index) =>
      fields.slice(index * FIELDS.length, (index + 1) * FIELDS.length),
    );
    return records.map(recordOf);
  }
}

function recordOf(fields: readonly string[]): TagRecord {
  const [name = '', object = '', type = '', target = '', targetType = '', at = '', ...rest] = fields;
  const [tagger = '', email = '', subject = '', body = '', signed = ''] = rest;
  const annotated = type === 'tag';
  const message = [subject, body.trimEnd()].filter(Boolean).join('\n\n');
  return {
    // Each record but the first begins with the end of the line before.
    name: name.replace(/^\n/, ''),
    object,
    target: annotated ? target : object,
    type: annotated ? targetType : type,
    annotated,
    at: at === '' ? null : Number(at),
    subject,
    signed: annotated && signed !== '',
    ...(annotated && { tagger: `${tagger} ${email}`.trim(), message }),
  };
}

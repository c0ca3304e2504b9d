import { Injectable } from '@nestjs/common';

import { GitConfig } from '../../../config/sections/index.js';
import { TagReader } from '../../../git/reads/tag.reader.js';
import { type Repository } from '../../../git/repository.js';
import { isoDate } from '../../../tools/outputs/commit.output.js';
import { jsonList } from '../json-content.js';
import { type AddressOf, type KindContent, type ResourceKind } from '../resource-kind.js';

@Injectable()
export class TagsResource implements ResourceKind<'tags'> {
  readonly kind = 'tags';
  readonly listed = true;
  readonly ofWorkTree = false;
  readonly template = {
    uriTemplate: 'git:///{repository}/tags',
    name: 'tags',
    title: 'Tags',
    description: 'Tags, the newest first, with what they name and when they were made, as JSON.',
    mimeType: 'application/json',
  };

  constructor(
    private readonly tags: TagReader,
    private readonly config: GitConfig,
  ) {}

  async read(_: AddressOf<'tags'>, repository: Repository, signal: AbortSignal): Promise<KindContent> {
    const tags = await this.tags.tags(repository, signal);
    const items = tags.map(({ at, ...tag }) => ({
      ...tag,
      date: at === null ? null : isoDate({ at, offsetMinutes: 0 }),
    }));
    return jsonList({ repository: repository.path }, 'tags', items, this.config.maxOutputBytes);
  }
}

import { Injectable } from '@nestjs/common';

import { HeadReader } from '../../../git/reads/head.reader.js';
import { type Repository } from '../../../git/repository.js';
import { jsonContent } from '../json-content.js';
import { type AddressOf, type KindContent, type ResourceKind } from '../resource-kind.js';

@Injectable()
export class HeadResource implements ResourceKind<'HEAD'> {
  readonly kind = 'HEAD';
  readonly listed = true;
  readonly ofWorkTree = false;
  readonly template = {
    uriTemplate: 'git:///{repository}/HEAD',
    name: 'head',
    title: 'HEAD',
    description: 'The branch that is checked out (null when detached) and the commit it points to, as JSON.',
    mimeType: 'application/json',
  };

  constructor(private readonly heads: HeadReader) {}

  async read(_: AddressOf<'HEAD'>, repository: Repository, signal: AbortSignal): Promise<KindContent> {
    const { branch, head } = await this.heads.head(repository, signal);
    return jsonContent({ repository: repository.path, branch, head });
  }
}

import { Injectable } from '@nestjs/common';

import { GitConfig } from '../../../config/sections/index.js';
import { FileReader } from '../../../git/reads/file.reader.js';
import { type Repository } from '../../../git/repository.js';
import { isText, mediaTypeOf } from '../media-type.js';
import { type AddressOf, type KindContent, type ResourceKind } from '../resource-kind.js';

@Injectable()
export class FileResource implements ResourceKind<'file'> {
  readonly kind = 'file';
  readonly listed = false;
  readonly ofWorkTree = false;
  readonly template = {
    uriTemplate: 'git:///{repository}/file/{revision}/{+path}',
    name: 'file',
    title: 'A file at a revision',
    description:
      'A file as a commit holds it, not as the work tree does. Text as it is, anything else in base64; of a symbolic link its target.',
  };

  constructor(
    private readonly files: FileReader,
    private readonly config: GitConfig,
  ) {}

  async read(
    { revision, path }: AddressOf<'file'>,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<KindContent | undefined> {
    const limits = { maxBytes: this.config.maxOutputBytes };
    const file = await this.files.file(repository, revision, path, limits, signal);
    if (!file) return undefined;
    const { content, type } = file;
    const mimeType = type === 'symlink' ? 'text/plain' : mediaTypeOf(path.toString('latin1'), content);
    return isText(content)
      ? { mimeType, text: content.toString('utf8') }
      : { mimeType, blob: content.toString('base64') };
  }
}

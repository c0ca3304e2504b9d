import { Inject, Injectable } from '@nestjs/common';

import { GIT_READS, type GitReads } from '../../../git/git-reads.port.js';
import { type Repository } from '../../../git/repository.js';
import { commitText } from '../../../tools/outputs/commit.output.js';
import { diffText } from '../../../tools/outputs/diff.answer.js';
import { type AddressOf, type KindContent, type ResourceKind } from '../resource-kind.js';

@Injectable()
export class CommitResource implements ResourceKind<'commit'> {
  readonly kind = 'commit';
  readonly listed = false;
  readonly ofWorkTree = false;
  readonly template = {
    uriTemplate: 'git:///{repository}/commit/{revision}',
    name: 'commit',
    title: 'A commit',
    description:
      'One commit as git show prints it: who made it, when, its message and its changes. The revision is a branch, a tag, an id or an expression such as HEAD~2.',
    mimeType: 'text/plain',
  };

  constructor(@Inject(GIT_READS) private readonly reads: GitReads) {}

  async read(
    { revision }: AddressOf<'commit'>,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<KindContent> {
    const { commit, diff } = await this.reads.show(repository, revision, signal);
    return { mimeType: 'text/plain', text: `${commitText(commit)}\n\n${diffText(diff)}` };
  }
}

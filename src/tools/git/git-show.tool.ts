import { Inject, Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { ValidateNested } from 'class-validator';

import { GIT_READS, type GitReads } from '../../git/git-reads.port.js';
import { READ } from '../annotations.js';
import { RevisionField } from '../fields/field.decorators.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { commitOutput, CommitOutput, commitText } from '../outputs/commit.output.js';
import { diffOutput, DiffOutput, diffText } from '../outputs/diff.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitShowInput extends RepositoryInput {
  @RevisionField('A commit, branch or tag, or any expression that names one commit, such as HEAD~2')
  revision: string;
}

export class GitShowOutput {
  @ValidateNested()
  @Type(() => CommitOutput)
  commit: CommitOutput;

  @ValidateNested()
  @Type(() => DiffOutput)
  diff: DiffOutput;
}

@Injectable()
export class GitShowTool implements RepositoryTool<GitShowInput, GitShowOutput> {
  readonly spec = {
    name: 'git_show',
    title: 'Show a commit',
    description:
      'Shows one commit: who made it, when, its message and the changes it made, as a unified diff.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitShowInput,
    output: GitShowOutput,
  } as const;

  constructor(@Inject(GIT_READS) private readonly reads: GitReads) {}

  async run(
    { revision }: GitShowInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitShowOutput>> {
    const { commit, diff } = await this.reads.show(repository, revision, signal);
    return {
      text: `${commitText(commit)}\n\n${diffText(diff)}`,
      structured: { commit: commitOutput(commit), diff: diffOutput(diff) },
    };
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { IsInt, IsString } from 'class-validator';

import { GIT_WRITES, type GitWrites } from '../../git/git-writes.port.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { WRITE } from '../annotations.js';
import { MessageField } from '../fields/field.decorators.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { headOutput, HeadOutput, shortSha } from '../outputs/head.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitCommitInput extends RepositoryInput {
  @MessageField('First line: what the commit does, in at most 72 characters; details after an empty line')
  message: string;
}

export class GitCommitOutput extends HeadOutput {
  @Describe('First line of the message')
  @IsString()
  subject: string;

  @Describe('How many files the commit changed')
  @IsInt()
  files: number;
}

@Injectable()
export class GitCommitTool implements RepositoryTool<GitCommitInput, GitCommitOutput> {
  readonly spec = {
    name: 'git_commit',
    title: 'Commit staged changes',
    description:
      'Records the staged changes as a new commit on the current branch. Stage them with git_add first. Hooks of the repository do not run and the commit is not signed.',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: WRITE,
    input: GitCommitInput,
    output: GitCommitOutput,
  } as const;

  constructor(@Inject(GIT_WRITES) private readonly writes: GitWrites) {}

  async run(
    { message }: GitCommitInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitCommitOutput>> {
    const { subject, files, ...head } = await this.writes.commit(repository, { message }, signal);
    const where = `${head.branch ?? 'detached HEAD'} ${shortSha(head.head ?? '')}`;
    const changed = files === 1 ? '1 file changed' : `${files} files changed`;
    return { text: `[${where}] ${subject}\n${changed}`, structured: { ...headOutput(head), subject, files } };
  }
}

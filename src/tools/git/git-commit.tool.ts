import { Inject, Injectable } from '@nestjs/common';
import { IsInt, IsString } from 'class-validator';

import { type CommitRequest, GIT_WRITES, type GitWrites } from '../../git/git-writes.port.js';
import { ChangePreviews } from '../../git/previews/change-previews.service.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { WRITE } from '../annotations.js';
import { type Plan } from '../changes/plan.js';
import { MessageField } from '../fields/field.decorators.js';
import { AllowSecretsField, ChangeInput } from '../fields/change.input.js';
import { headOutput, HeadOutput, headText, shortSha } from '../outputs/head.output.js';
import { pathsText } from '../outputs/paths.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitCommitInput extends ChangeInput {
  @MessageField('First line: what the commit does, in at most 72 characters; details after an empty line')
  message: string;

  @AllowSecretsField()
  allow_secrets?: string;
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
      'Records the staged changes as a new commit on the current branch. Stage them with git_add first. Hooks of the repository do not run and the commit is not signed. Fails with secrets-found where what is staged holds a secret.',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: WRITE,
    input: GitCommitInput,
    output: GitCommitOutput,
  } as const;

  constructor(
    @Inject(GIT_WRITES) private readonly writes: GitWrites,
    private readonly previews: ChangePreviews,
  ) {}

  async preview(
    input: GitCommitInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    const { changes, ...head } = await this.previews.commit(repository, requestOf(input), signal);
    const paths = changes.map(({ path }) => path);
    return {
      text: pathsText(`On top of ${headText(head)} would commit`, paths),
      effects: [
        { action: 'commit', subject: 'HEAD', from: head.head },
        ...changes.map(({ path, from, to }) => ({ action: 'commit', subject: path, from, to })),
      ],
    };
  }

  async run(
    input: GitCommitInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitCommitOutput>> {
    const { subject, files, ...head } = await this.writes.commit(repository, requestOf(input), signal);
    const where = `${head.branch ?? 'detached HEAD'} ${shortSha(head.head ?? '')}`;
    const changed = files === 1 ? '1 file changed' : `${files} files changed`;
    return { text: `[${where}] ${subject}\n${changed}`, structured: { ...headOutput(head), subject, files } };
  }
}

function requestOf({ message, allow_secrets: allowSecrets }: GitCommitInput): CommitRequest {
  return { message, ...(allowSecrets !== undefined && { allowSecrets }) };
}

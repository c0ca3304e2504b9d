import { Inject, Injectable } from '@nestjs/common';
import { IsInt, IsString, Matches, MaxLength } from 'class-validator';

import { type CommitRequest, GIT_WRITES, type GitWrites } from '../../git/git-writes.port.js';
import { PublishedCommits } from '../../git/integration/published-commits.reader.js';
import { ChangePreviews } from '../../git/previews/change-previews.service.js';
import { type Repository } from '../../git/repository.js';
import { TRAILER } from '../../git/writes/commit-message.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { WRITE } from '../annotations.js';
import { type Plan } from '../changes/plan.js';
import { type Question } from '../confirmation.js';
import {
  ConfirmField,
  FlagField,
  MessageField,
  Optional,
  RevisionField,
} from '../fields/field.decorators.js';
import { needed } from '../fields/needed.js';
import { AllowSecretsField, ChangeInput } from '../fields/change.input.js';
import { AnyPathsField, TextsField } from '../fields/list.fields.js';
import { headOutput, HeadOutput, headText, shortSha } from '../outputs/head.output.js';
import { pathsText } from '../outputs/paths.output.js';
import { ProtectedBranches } from '../protected-branches.service.js';
import { question } from '../question.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitCommitInput extends ChangeInput {
  @MessageField(
    'First line: what the commit does, in at most 72 characters; details after an empty line. With amend the old one if left out',
  )
  @Optional()
  message?: string;

  @AnyPathsField('Stage these first, as git_add does; where the commit is refused they are not')
  @Optional()
  files: string[] = [];

  @FlagField('Replace the last commit by one that has what is staged, too')
  @Optional()
  amend: boolean = false;

  @FlagField('Make a commit that changes nothing')
  @Optional()
  allow_empty: boolean = false;

  @RevisionField('The commit that this one corrects: git_rebase with autosquash folds it in')
  @Optional()
  fixup?: string;

  @Describe('Name <mail>; the configured one if left out')
  @MaxLength(500)
  @Matches(/^[^<>\p{Cc}]*[^<>\p{Cc}\s][^<>\p{Cc}]* <[^<>\p{Cc}\s]+>$/u)
  @Optional()
  author?: string;

  @TextsField('Lines for the end of the message: Co-authored-by: Ada <ada@example.org>', 50)
  @Matches(TRAILER, { each: true })
  @Optional()
  trailers: string[] = [];

  @AllowSecretsField()
  allow_secrets?: string;

  @ConfirmField()
  confirm: boolean = false;
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
      'Records the staged changes as a new commit on the current branch; stage them with git_add first, or name files. amend changes the last commit instead, one that was pushed, or on a protected branch, only with a yes of the user. Hooks of the repository do not run; the commit is signed where the server is set to. Fails with secrets-found where what is staged holds a secret.',
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
    private readonly branches: ProtectedBranches,
    private readonly published: PublishedCommits,
  ) {}

  async confirmation(
    { amend }: GitCommitInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<Question | undefined> {
    if (!amend) return undefined;
    const branch = await this.branches.currentIfProtected(repository, signal);
    if (branch !== undefined)
      return question`Replace the last commit of the protected branch ${branch} in the repository ${repository}? It gets another id.`;
    if (!(await this.published.hasHead(repository, signal))) return undefined;
    return question`Replace the last commit, which a remote has already, in the repository ${repository}? It gets another id, and can then only be pushed with force.`;
  }

  async preview(
    input: GitCommitInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    const {
      before,
      staged,
      converted = [],
    } = await this.previews.commit(repository, requestOf(input), signal);
    const paths = [...staged, ...converted].map(({ path }) => path);
    const done = input.amend ? 'In place of the last commit of' : 'On top of';
    return {
      text: pathsText(`${done} ${headText(before)} would commit`, paths),
      effects: [
        { action: 'commit', subject: 'HEAD', from: before.head },
        ...staged.map(({ path, from, to }) => ({ action: 'commit', subject: path, from, to })),
        ...converted.map(({ path, to }) => ({ action: 'commit', subject: path, to })),
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

function requestOf(input: GitCommitInput): CommitRequest {
  const { message, files, fixup, author, trailers, allow_secrets: allowSecrets } = input;
  if (!input.amend && fixup === undefined) needed({ action: 'commit', message }, 'message');
  return {
    ...(message !== undefined && { message }),
    ...(files.length > 0 && { files }),
    ...(input.amend && { amend: true }),
    ...(input.allow_empty && { allowEmpty: true }),
    ...(fixup !== undefined && { fixup }),
    ...(author !== undefined && { author }),
    ...(trailers.length > 0 && { trailers }),
    ...(allowSecrets !== undefined && { allowSecrets }),
  };
}

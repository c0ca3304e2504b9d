import { Inject, Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, ValidateNested } from 'class-validator';

import { GIT_REMOTES, type GitRemotes } from '../../git/git-writes.port.js';
import { type Repository } from '../../git/repository.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { PUSH } from '../annotations.js';
import { type Question } from '../confirmation.js';
import { ConfirmField, FlagField, NameField, Optional } from '../fields/field.decorators.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { refUpdateOutput, RefUpdateOutput, refUpdatesText } from '../outputs/ref-update.output.js';
import { ProtectedBranches } from '../protected-branches.service.js';
import { question } from '../question.js';
import { type CallDemands, type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitPushInput extends RepositoryInput {
  @NameField('Name of the remote')
  @Optional()
  remote: string = 'origin';

  @NameField('Branch to push; the current one if left out')
  @Optional()
  branch?: string;

  @FlagField('Remember the remote branch as upstream of the local one')
  @Optional()
  set_upstream: boolean = false;

  @FlagField('Overwrite the remote branch even where that loses commits')
  @Optional()
  force: boolean = false;

  @ConfirmField()
  confirm: boolean = false;
}

export class GitPushOutput {
  @Describe('Every ref that was looked at, up to date ones included')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => RefUpdateOutput)
  updates: RefUpdateOutput[];
}

@Injectable()
export class GitPushTool implements RepositoryTool<GitPushInput, GitPushOutput> {
  readonly spec = {
    name: 'git_push',
    title: 'Push to a remote',
    description:
      'Uploads a branch to a remote. A rejected push changes nothing and says why: git_pull first. force overwrites the remote branch, and with it commits of others, only with a yes of the user.',
    toolset: 'remote',
    scopes: ['git:network', 'git:write'],
    access: 'read',
    network: true,
    annotations: PUSH,
    input: GitPushInput,
    output: GitPushOutput,
  } as const;

  constructor(
    @Inject(GIT_REMOTES) private readonly remotes: GitRemotes,
    private readonly branches: ProtectedBranches,
  ) {}

  async confirmation(
    { remote, branch: named, force }: GitPushInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<Question | undefined> {
    if (!force) return undefined;
    const branch = named ?? (await this.branches.current(repository, signal));
    if (branch === null) return undefined; // On no branch the push itself is refused.
    return this.branches.includes(branch)
      ? question`Overwrite the protected branch ${branch} of the remote ${remote} with that of the repository ${repository}? Commits that only the remote has are lost.`
      : question`Overwrite the branch ${branch} of the remote ${remote} with that of the repository ${repository}? Commits that only the remote has are lost.`;
  }

  // A push only reads the repository, and may be slow: writers need not wait for it. An upstream is configuration.
  demands({ set_upstream }: GitPushInput): CallDemands {
    return { scopes: this.spec.scopes, access: set_upstream ? 'write' : 'read' };
  }

  async run(
    input: GitPushInput,
    { repository, progress }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitPushOutput>> {
    const request = {
      remote: input.remote,
      setUpstream: input.set_upstream,
      force: input.force,
      ...(input.branch !== undefined && { branch: input.branch }),
    };
    const updates = await this.remotes.push(repository, request, progress, signal);
    return { text: refUpdatesText(updates), structured: { updates: updates.map(refUpdateOutput) } };
  }
}

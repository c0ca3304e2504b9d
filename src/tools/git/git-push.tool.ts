import { Inject, Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, ValidateNested } from 'class-validator';

import { GIT_REMOTES, type GitRemotes } from '../../git/git-writes.port.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { PUSH } from '../annotations.js';
import { FlagField, NameField, Optional } from '../fields/field.decorators.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { refUpdateOutput, RefUpdateOutput, refUpdatesText } from '../outputs/ref-update.output.js';
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
      'Uploads a branch to a remote. A rejected push changes nothing and says why: git_pull first. force overwrites the remote branch, and with it commits of others.',
    scopes: ['git:network', 'git:write'],
    access: 'read',
    network: true,
    annotations: PUSH,
    input: GitPushInput,
    output: GitPushOutput,
  } as const;

  constructor(@Inject(GIT_REMOTES) private readonly remotes: GitRemotes) {}

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

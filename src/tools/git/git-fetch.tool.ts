import { Inject, Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, ValidateNested } from 'class-validator';

import { GIT_REMOTES, type GitRemotes } from '../../git/git-writes.port.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { FETCH } from '../annotations.js';
import { FlagField, NameField, Optional } from '../fields/field.decorators.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { listing, OmittedField, omittedOutput, omittedText } from '../outputs/listing.js';
import { refUpdateOutput, RefUpdateOutput, refUpdatesText } from '../outputs/ref-update.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitFetchInput extends RepositoryInput {
  @NameField('Name of the remote')
  @Optional()
  remote: string = 'origin';

  @NameField('Only this branch; all branches if left out')
  @Optional()
  branch?: string;

  @FlagField('Delete remote-tracking branches that are gone from the remote')
  @Optional()
  prune: boolean = false;
}

export class GitFetchOutput {
  @Describe('Every ref that was looked at, up to date ones included')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => RefUpdateOutput)
  updates: RefUpdateOutput[];

  @OmittedField()
  omitted?: number;
}

@Injectable()
export class GitFetchTool implements RepositoryTool<GitFetchInput, GitFetchOutput> {
  readonly spec = {
    name: 'git_fetch',
    title: 'Fetch from a remote',
    description:
      'Downloads new commits of a remote and updates the remote-tracking branches. Neither local branches nor the work tree change; git_merge or git_pull bring them in.',
    toolset: 'remote',
    scopes: ['git:network'],
    access: 'write',
    network: true,
    annotations: FETCH,
    input: GitFetchInput,
    output: GitFetchOutput,
  } as const;

  constructor(@Inject(GIT_REMOTES) private readonly remotes: GitRemotes) {}

  async run(
    { remote, branch, prune }: GitFetchInput,
    { repository, progress }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitFetchOutput>> {
    const request = { remote, prune, ...(branch !== undefined && { branch }) };
    const updates = await this.remotes.fetch(repository, request, progress, signal);
    const { shown, omitted } = listing(updates.map(refUpdateOutput));
    return {
      text: [refUpdatesText(shown), ...omittedText(omitted)].join('\n'),
      structured: { updates: [...shown], ...omittedOutput(omitted) },
    };
  }
}

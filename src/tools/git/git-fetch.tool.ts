import { Inject, Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, ValidateNested } from 'class-validator';

import { type FetchRequest, GIT_REMOTES, type GitRemotes } from '../../git/git-writes.port.js';
import { RemotePreviews } from '../../git/remotes/remote.previews.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { FETCH } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { ChangeInput } from '../fields/change.input.js';
import { ChoiceField, CountField, FlagField, NameField, Optional } from '../fields/field.decorators.js';
import { TextsField } from '../fields/list.fields.js';
import { listing, OmittedField, omittedOutput, omittedText } from '../outputs/listing.js';
import { refUpdateOutput, RefUpdateOutput, refUpdatesText } from '../outputs/ref-update.output.js';
import { transferPlan } from '../outputs/transfer.plan.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const TAGS = ['auto', 'all', 'none'] as const;

export class GitFetchInput extends ChangeInput {
  @NameField('Name of the remote')
  @Optional()
  remote: string = 'origin';

  @NameField('Only this branch; all branches if left out')
  @Optional()
  branch?: string;

  @FlagField('Delete remote-tracking branches that are gone from the remote')
  @Optional()
  prune: boolean = false;

  @TextsField('Only these branches')
  @Optional()
  branches?: string[];

  @ChoiceField('auto: tags of the commits that are fetched', TAGS)
  @Optional()
  tags: (typeof TAGS)[number] = 'auto';

  @CountField('Only this many of the newest commits of each branch', 1, 1_000_000)
  @Optional()
  depth?: number;

  @FlagField('Fetch the whole history of a shallow repository')
  @Optional()
  unshallow: boolean = false;
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
      'Downloads new commits of a remote and updates the remote-tracking branches. Neither local branches nor the work tree change; git_merge or git_pull bring them in. git_remote_show tells beforehand what is new.',
    toolset: 'remote',
    scopes: ['git:network'],
    access: 'write',
    network: true,
    annotations: FETCH,
    input: GitFetchInput,
    output: GitFetchOutput,
  } as const;

  constructor(
    @Inject(GIT_REMOTES) private readonly remotes: GitRemotes,
    private readonly previews: RemotePreviews,
  ) {}

  keeps(): Keeps {
    return 'refs';
  }

  async preview(input: GitFetchInput, { repository }: RepositoryContext, signal: AbortSignal): Promise<Plan> {
    return transferPlan(await this.previews.fetch(repository, requestOf(input), signal));
  }

  async run(
    input: GitFetchInput,
    { repository, progress }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitFetchOutput>> {
    const updates = await this.remotes.fetch(repository, requestOf(input), progress, signal);
    const { shown, omitted } = listing(updates.map(refUpdateOutput));
    return {
      text: [refUpdatesText(shown), ...omittedText(omitted)].join('\n'),
      structured: { updates: [...shown], ...omittedOutput(omitted) },
    };
  }
}

function requestOf({ remote, prune, branch, branches, tags, depth, unshallow }: GitFetchInput): FetchRequest {
  return {
    remote,
    prune,
    ...(branch !== undefined && { branch }),
    ...(branches !== undefined && { branches }),
    ...(tags !== 'auto' && { tags }),
    ...(depth !== undefined && { depth }),
    ...(unshallow && { unshallow }),
  };
}

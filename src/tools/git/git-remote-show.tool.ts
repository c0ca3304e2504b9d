import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsString, ValidateNested } from 'class-validator';

import { RemoteInspector, type RemoteView } from '../../git/remotes/remote.inspector.js';
import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';
import { FETCH } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { ChangeInput } from '../fields/change.input.js';
import { FlagField, NameField, Optional } from '../fields/field.decorators.js';
import { EffectOutput, effectsText, planOf } from '../outputs/effect.output.js';
import { shortSha } from '../outputs/head.output.js';
import { type CallDemands, type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitRemoteShowInput extends ChangeInput {
  @NameField('Name of the remote')
  @Optional()
  remote: string = 'origin';

  @FlagField('Delete the remote-tracking branches that are gone from the remote')
  @Optional()
  prune: boolean = false;
}

export class RemoteBranchOutput {
  @IsString()
  name: string;

  @Describe('What the remote has; null where the branch is gone from it')
  @Nullable()
  @IsString()
  there: string | null;

  @Describe('What was last fetched; null where it never was')
  @Nullable()
  @IsString()
  here: string | null;
}

export class GitRemoteShowOutput {
  @Describe('The branch that HEAD of the remote is on')
  @Nullable()
  @IsString()
  head: string | null;

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => RemoteBranchOutput)
  branches: RemoteBranchOutput[];

  @Describe('What prune did')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => EffectOutput)
  effects: EffectOutput[];
}

@Injectable()
export class GitRemoteShowTool implements RepositoryTool<GitRemoteShowInput, GitRemoteShowOutput> {
  readonly spec = {
    name: 'git_remote_show',
    title: 'Ask a remote for its branches',
    description:
      'Asks a remote which branches it has and where its HEAD is, and compares them with what was last fetched: new, moved and gone ones. Nothing is downloaded. With prune the remote-tracking branches that are gone are deleted.',
    toolset: 'remote',
    scopes: ['git:network'],
    access: 'read',
    network: true,
    annotations: FETCH,
    input: GitRemoteShowInput,
    output: GitRemoteShowOutput,
  } as const;

  constructor(private readonly remotes: RemoteInspector) {}

  demands({ prune }: GitRemoteShowInput): CallDemands {
    return { scopes: this.spec.scopes, access: prune ? 'write' : 'read' };
  }

  keeps({ prune }: GitRemoteShowInput): Keeps {
    return prune ? 'refs' : 'nothing';
  }

  async preview(
    { remote, prune }: GitRemoteShowInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    return planOf(prune ? await this.remotes.prune(repository, remote, signal) : { effects: [] });
  }

  async run(
    { remote, prune }: GitRemoteShowInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitRemoteShowOutput>> {
    const change = prune ? await this.remotes.prune(repository, remote, signal) : undefined;
    const effects = (await change?.apply(signal)) ?? [];
    const view = await this.remotes.view(repository, remote, signal);
    const done = prune ? [effectsText(effects)] : [];
    return {
      text: [...done, viewText(view)].join('\n'),
      structured: {
        head: view.head,
        branches: view.branches.map((branch) => ({ ...branch })),
        effects: [...effects],
      },
    };
  }
}

function viewText({ head, branches }: RemoteView): string {
  const lines = branches.map(({ name, there, here }) => {
    if (there === null) return `${name} gone, was ${shortSha(here ?? '')}`;
    if (here === null) return `${name} ${shortSha(there)} new`;
    return here === there
      ? `${name} ${shortSha(there)}`
      : `${name} ${shortSha(here)}..${shortSha(there)} moved`;
  });
  return [`HEAD is on ${head ?? 'no branch'}`, ...lines].join('\n');
}

import { Inject, Injectable } from '@nestjs/common';
import { IsBoolean, IsString } from 'class-validator';

import { type CloneRequest, GIT_REMOTES, type GitRemotes } from '../../git/git-writes.port.js';
import { RemotePreviews } from '../../git/remotes/remote.previews.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { NETWORK_WRITE } from '../annotations.js';
import { type Plan } from '../changes/plan.js';
import { CreationInput } from '../fields/change.input.js';
import { CountField, FlagField, NameField, Optional, UrlField } from '../fields/field.decorators.js';
import { transferPlan } from '../outputs/transfer.plan.js';
import { headOutput, HeadOutput, headText } from '../outputs/head.output.js';
import { type ToolContext, type FreeTool, type ToolAnswer } from '../tool.js';

export class GitCloneInput extends CreationInput {
  @UrlField('URL of the repository: https, ssh (also user@host:path), or a path inside the roots')
  url: string;

  @NameField('Branch to check out; the default branch of the remote if left out')
  @Optional()
  branch?: string;

  @CountField('Only this many of the newest commits', 1, 1_000_000)
  @Optional()
  depth?: number;

  @FlagField('Without a work tree')
  @Optional()
  bare: boolean = false;

  @FlagField('Bare, with all refs exactly as the remote has them')
  @Optional()
  mirror: boolean = false;

  @FlagField('Only the history of one branch')
  @Optional()
  single_branch?: boolean;

  @FlagField('Check no files out')
  @Optional()
  no_checkout: boolean = false;

  @FlagField('Take no tags')
  @Optional()
  no_tags: boolean = false;

  @NameField('Leave file contents out: blob:none, blob:limit=<size>, tree:0; needs bare or no_checkout')
  @Optional()
  filter?: string;
}

export class GitCloneOutput extends HeadOutput {
  @Describe('Real path of the clone, for repo_path of the other tools')
  @IsString()
  path: string;

  @IsBoolean()
  bare: boolean;
}

@Injectable()
export class GitCloneTool implements FreeTool<GitCloneInput, GitCloneOutput> {
  readonly spec = {
    name: 'git_clone',
    title: 'Clone a repository',
    description:
      'Downloads a repository into a new folder inside the roots that the server may work on. A clone that fails or is cancelled leaves nothing behind.',
    toolset: 'remote',
    scopes: ['git:network', 'git:write'],
    access: 'none',
    network: true,
    annotations: NETWORK_WRITE,
    input: GitCloneInput,
    output: GitCloneOutput,
  } as const;

  constructor(
    @Inject(GIT_REMOTES) private readonly remotes: GitRemotes,
    private readonly previews: RemotePreviews,
  ) {}

  async preview(input: GitCloneInput, _context: ToolContext, signal: AbortSignal): Promise<Plan> {
    return transferPlan(await this.previews.clone(requestOf(input), signal));
  }

  async run(
    input: GitCloneInput,
    { progress }: ToolContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitCloneOutput>> {
    const { path, bare, branch, head } = await this.remotes.clone(requestOf(input), progress, signal);
    const state = { branch, head };
    return {
      text: `Cloned into ${path}: ${headText(state)}`,
      structured: { ...headOutput(state), path, bare },
    };
  }
}

function requestOf(input: GitCloneInput): CloneRequest {
  return {
    url: input.url,
    path: input.repo_path,
    bare: input.bare,
    ...(input.branch !== undefined && { branch: input.branch }),
    ...(input.depth !== undefined && { depth: input.depth }),
    ...(input.mirror && { mirror: true }),
    ...(input.single_branch !== undefined && { singleBranch: input.single_branch }),
    ...(input.no_checkout && { checkout: false }),
    ...(input.no_tags && { tags: false }),
    ...(input.filter !== undefined && { filter: input.filter }),
  };
}

import { Inject, Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, Matches, ValidateNested } from 'class-validator';

import { GIT_REMOTES, type GitRemotes, type PushRequest } from '../../git/git-writes.port.js';
import { PushedContent } from '../../git/lfs/transfer/pushed-content.check.js';
import { type Repository } from '../../git/repository.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { PUSH } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { type Question } from '../confirmation.js';
import { AllowSecretsField } from '../fields/change.input.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import { FlagField, NameField, Optional } from '../fields/field.decorators.js';
import {
  LfsMissingField,
  lfsMissingOutput,
  type LfsMissingOutput,
  lfsMissingText,
} from '../outputs/lfs-missing.output.js';
import { refUpdateOutput, RefUpdateOutput, refUpdatesText } from '../outputs/ref-update.output.js';
import { ProtectedBranches } from '../protected-branches.service.js';
import { question } from '../question.js';
import { type CallDemands, type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitPushInput extends DestructiveInput {
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

  @Describe('Overwrite the remote branch only if it is at exactly this id, whatever was fetched last')
  @Matches(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
  @Optional()
  expected_oid?: string;

  @FlagField('Overwrite the remote branch only if the local one once had what was fetched last')
  @Optional()
  force_if_includes: boolean = false;

  @NameField('Name of the branch at the remote; the same as here if left out')
  @Optional()
  remote_branch?: string;

  @FlagField('Delete the branch or tag at the remote')
  @Optional()
  delete: boolean = false;

  @NameField('Push this tag and no branch')
  @Optional()
  tag?: string;

  @FlagField('Push all tags beside the branch')
  @Optional()
  tags: boolean = false;

  @AllowSecretsField()
  allow_secrets?: string;
}

export class GitPushOutput {
  @Describe('Every ref that was looked at, up to date ones included')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => RefUpdateOutput)
  updates: RefUpdateOutput[];

  @LfsMissingField()
  lfs_missing?: LfsMissingOutput;
}

@Injectable()
export class GitPushTool implements RepositoryTool<GitPushInput, GitPushOutput> {
  readonly spec = {
    name: 'git_push',
    title: 'Push to a remote',
    description:
      'Uploads a branch or tags to a remote, or deletes one there. Content of Git LFS is sent by git_lfs_transfer; what lacks is said. A rejected push changes nothing and says why: git_pull first. force overwrites what was fetched last, expected_oid exactly that commit; both, and delete, need a yes of the user.',
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
    private readonly content: PushedContent,
    private readonly branches: ProtectedBranches,
  ) {}

  async confirmation(
    { remote, branch: named, force, delete: deletes, tag }: GitPushInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<Question | undefined> {
    if (!force || deletes || tag !== undefined) return undefined;
    const branch = named ?? (await this.branches.current(repository, signal));
    if (branch === null) return undefined; // On no branch the push itself is refused.
    return this.branches.includes(branch)
      ? question`Overwrite the protected branch ${branch} of the remote ${remote} with that of the repository ${repository}? Commits that only the remote has are lost.`
      : question`Overwrite the branch ${branch} of the remote ${remote} with that of the repository ${repository}? Commits that only the remote has are lost.`;
  }

  needsPlan(input: GitPushInput): boolean {
    return input.force || input.delete || input.force_if_includes || input.expected_oid !== undefined;
  }

  keeps(): Keeps {
    return 'refs';
  }

  async preview(input: GitPushInput, context: RepositoryContext, signal: AbortSignal): Promise<Plan> {
    const request = { ...requestOf(input), dryRun: true };
    const { pushed: updates, lacking } = await this.push(request, context, signal);
    const effects = updates.map(({ ref, from, to, outcome }) => ({
      action: outcome,
      subject: ref,
      from,
      to,
    }));
    const text = [`The remote would take: ${refUpdatesText(updates)}`, ...lfsMissingText(lacking, request)];
    return { text: text.join('\n'), effects };
  }

  // A push only reads the repository, and may be slow: writers need not wait for it. An upstream is configuration.
  demands({ set_upstream }: GitPushInput): CallDemands {
    return { scopes: this.spec.scopes, access: set_upstream ? 'write' : 'read' };
  }

  async run(
    input: GitPushInput,
    context: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitPushOutput>> {
    const request = requestOf(input);
    const { pushed: updates, lacking } = await this.push(request, context, signal);
    const missing = lfsMissingOutput(lacking);
    return {
      text: [refUpdatesText(updates), ...lfsMissingText(lacking, request)].join('\n'),
      structured: {
        updates: updates.map(refUpdateOutput),
        ...(missing !== undefined && { lfs_missing: missing }),
      },
    };
  }

  private push(request: PushRequest, { repository, progress }: RepositoryContext, signal: AbortSignal) {
    const push = () => this.remotes.push(repository, request, progress, signal);
    return this.content.around(repository, request, push, signal);
  }
}

function requestOf(input: GitPushInput): PushRequest {
  const { branch, remote_branch, expected_oid, tag, allow_secrets } = input;
  return {
    remote: input.remote,
    setUpstream: input.set_upstream,
    force: input.force,
    ...(branch !== undefined && { branch }),
    ...(remote_branch !== undefined && { remoteBranch: remote_branch }),
    ...(expected_oid !== undefined && { expected: expected_oid }),
    ...(input.force_if_includes && { ifIncludes: true }),
    ...(input.delete && { delete: true }),
    ...(tag !== undefined && { tag }),
    ...(input.tags && { tags: true }),
    ...(allow_secrets !== undefined && { allowSecrets: allow_secrets }),
  };
}

import { Inject, Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsString, ValidateNested } from 'class-validator';

import { GIT_REMOTES, type GitRemotes, type RemoteInfo } from '../../git/git-writes.port.js';
import { type PlannedChange } from '../../git/planned-change.js';
import { type RemoteChange, RemoteChanges } from '../../git/remotes/remote.changes.js';
import { type Repository } from '../../git/repository.js';
import { ServerError } from '../../shared/errors/index.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { DISCARD } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { ChangeInput } from '../fields/change.input.js';
import { ChoiceField, FlagField, NameField, Optional, UrlField } from '../fields/field.decorators.js';
import { needed } from '../fields/needed.js';
import { planOf } from '../outputs/effect.output.js';
import { type CallDemands, type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const ACTIONS = ['list', 'add', 'remove', 'rename', 'set-url', 'get-url'] as const;
type Action = (typeof ACTIONS)[number];

export class GitRemoteInput extends ChangeInput {
  @ChoiceField('list and get-url read; the others change the configuration of the repository', ACTIONS)
  action: Action;

  @NameField('Name of the remote; needed by all actions but list')
  @Optional()
  name?: string;

  @NameField('New name; needed by rename')
  @Optional()
  new_name?: string;

  @UrlField('URL of the remote; needed by add and set-url')
  @Optional()
  url?: string;

  @FlagField('set-url: only the URL to push to')
  @Optional()
  push: boolean = false;
}

export class RemoteOutput {
  @IsString()
  name: string;

  @Describe('Credentials in it are masked')
  @IsString()
  fetch_url: string;

  @IsString()
  push_url: string;
}

export class GitRemoteOutput {
  @Describe('The remotes after the action; for get-url only the one asked for')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => RemoteOutput)
  remotes: RemoteOutput[];
}

@Injectable()
export class GitRemoteTool implements RepositoryTool<GitRemoteInput, GitRemoteOutput> {
  readonly spec = {
    name: 'git_remote',
    title: 'List and change remotes',
    description:
      'Lists the remotes of a repository, or adds, removes, renames one, sets or gets its URL. Nothing is contacted: git_remote_show and git_fetch do that. Removing a remote removes its remote-tracking branches.',
    toolset: 'remote',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: DISCARD,
    input: GitRemoteInput,
    output: GitRemoteOutput,
  } as const;

  constructor(
    @Inject(GIT_REMOTES) private readonly remotes: GitRemotes,
    private readonly changes: RemoteChanges,
  ) {}

  demands({ action }: GitRemoteInput): CallDemands {
    const reads = action === 'list' || action === 'get-url';
    return reads ? { scopes: ['git:read'], access: 'read' } : { scopes: ['git:write'], access: 'write' };
  }

  keeps(): Keeps {
    return 'refs';
  }

  async preview(
    input: GitRemoteInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    return planOf((await this.plan(input, repository, signal)) ?? { effects: [] });
  }

  async run(
    input: GitRemoteInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitRemoteOutput>> {
    await (await this.plan(input, repository, signal))?.apply(signal);
    const all = await this.remotes.list(repository, signal);
    const asked = input.action === 'get-url' ? [find(all, needed(input, 'name'))] : all;
    return { text: remotesText(asked), structured: { remotes: asked.map(remoteOutput) } };
  }

  private async plan(
    input: GitRemoteInput,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<PlannedChange | undefined> {
    const change = changeOf(input);
    return change && this.changes.plan(repository, change, signal);
  }
}

function changeOf(input: GitRemoteInput): RemoteChange | undefined {
  const { action, push } = input;
  if (action === 'list' || action === 'get-url') return undefined;
  const name = needed(input, 'name');
  switch (action) {
    case 'add':
      return { action, name, url: needed(input, 'url') };
    case 'remove':
      return { action, name };
    case 'rename':
      return { action, name, to: needed(input, 'new_name') };
    case 'set-url':
      return { action, name, url: needed(input, 'url'), push };
  }
}

function find(remotes: readonly RemoteInfo[], name: string): RemoteInfo {
  const remote = remotes.find((one) => one.name === name);
  if (remote) return remote;
  throw new ServerError(
    'operation_failed',
    'The repository has no remote of this name; action list shows them',
    {
      details: { reason: 'no-such-remote' },
    },
  );
}

function remoteOutput({ name, fetchUrl, pushUrl }: RemoteInfo): RemoteOutput {
  return { name, fetch_url: fetchUrl, push_url: pushUrl };
}

/** As `git remote --verbose` prints it. */
function remotesText(remotes: readonly RemoteInfo[]): string {
  if (remotes.length === 0) return 'No remotes.';
  return remotes
    .flatMap(({ name, fetchUrl, pushUrl }) => [`${name}\t${fetchUrl} (fetch)`, `${name}\t${pushUrl} (push)`])
    .join('\n');
}

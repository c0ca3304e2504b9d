import { Injectable } from '@nestjs/common';

import { type PlannedChange } from '../../git/planned-change.js';
import { SubmoduleCloner } from '../../git/submodules/submodule.cloner.js';
import { SubmoduleLister } from '../../git/submodules/submodule.lister.js';
import { NETWORK_WRITE } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { ChangeInput } from '../fields/change.input.js';
import {
  ChoiceField,
  FlagField,
  NameField,
  Optional,
  PathField,
  UrlField,
} from '../fields/field.decorators.js';
import { AnyPathsField } from '../fields/list.fields.js';
import { needed } from '../fields/needed.js';
import { planOf } from '../outputs/effect.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';
import { GitSubmoduleOutput, submodulesAnswer } from './git-submodule.tool.js';

const ACTIONS = ['update', 'add'] as const;

export class GitSubmoduleUpdateInput extends ChangeInput {
  @ChoiceField('update checks out what is recorded; add clones a new submodule and stages it', ACTIONS)
  action: (typeof ACTIONS)[number];

  @AnyPathsField('update: which submodules, by path; all that are initialized if left out')
  @Optional()
  paths: string[] = [];

  @FlagField('update: also those that are not initialized')
  @Optional()
  init: boolean = true;

  @UrlField('add: where it is cloned from; ./ and ../ are relative to the remote of the repository')
  @Optional()
  url?: string;

  @PathField('add: its folder, which does not exist yet, relative to the top of the work tree')
  @Optional()
  path?: string;

  @NameField('add: branch to check out; that of the remote if left out')
  @Optional()
  branch?: string;
}

@Injectable()
export class GitSubmoduleUpdateTool implements RepositoryTool<GitSubmoduleUpdateInput, GitSubmoduleOutput> {
  readonly spec = {
    name: 'git_submodule_update',
    title: 'Fetch or add submodules',
    description:
      'Checks out the recorded commits of submodules, cloned or fetched first where they are not here, or adds a new submodule. URLs are held to the same rules as those of git_clone. Submodules within submodules are not entered: give the submodule as repo_path for that. Local changes are never overwritten.',
    toolset: 'remote',
    scopes: ['git:network', 'git:write'],
    access: 'write',
    network: true,
    annotations: NETWORK_WRITE,
    input: GitSubmoduleUpdateInput,
    output: GitSubmoduleOutput,
  } as const;

  constructor(
    private readonly cloner: SubmoduleCloner,
    private readonly lister: SubmoduleLister,
  ) {}

  keeps({ action }: GitSubmoduleUpdateInput): Keeps {
    return action === 'update' ? 'submodules' : 'new-submodule';
  }

  touches({ action, paths, path }: GitSubmoduleUpdateInput): readonly string[] | 'every' {
    if (action === 'add') return path === undefined ? [] : [path];
    return paths.length === 0 ? 'every' : paths;
  }

  async preview(
    input: GitSubmoduleUpdateInput,
    context: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    return planOf(await this.change(input, context, signal));
  }

  async run(
    input: GitSubmoduleUpdateInput,
    context: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitSubmoduleOutput>> {
    const effects = await (await this.change(input, context, signal)).apply(signal);
    return submodulesAnswer(effects, await this.lister.list(context.repository, signal));
  }

  private async change(
    input: GitSubmoduleUpdateInput,
    { repository, progress }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<PlannedChange> {
    const { action, paths, init, branch } = input;
    if (action === 'update') return this.cloner.update(repository, { paths, init }, progress, signal);
    const request = {
      url: needed(input, 'url'),
      path: needed(input, 'path'),
      ...(branch !== undefined && { branch }),
    };
    return this.cloner.add(repository, request, progress, signal);
  }
}

import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import { OperationLog } from '../../git/operations/operation.log.js';
import { isWithin } from '../../git/paths/allowed-roots.js';
import { type PlannedChange } from '../../git/planned-change.js';
import { type Repository } from '../../git/repository.js';
import { type Isolation, IsolationWriter } from '../../git/worktrees/isolation.writer.js';
import { principalKey } from '../../shared/principal.js';
import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';
import { WRITE } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import {
  ChoiceField,
  FlagField,
  NameField,
  Optional,
  PathField,
  RevisionField,
} from '../fields/field.decorators.js';
import { needed } from '../fields/needed.js';
import { EffectOutput, effectsText, planOf } from '../outputs/effect.output.js';
import { shortSha } from '../outputs/head.output.js';
import { type CallDemands, type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const ACTIONS = ['start', 'list', 'finish'] as const;

export class GitIsolateInput extends DestructiveInput {
  @ChoiceField('start makes a work tree for you alone; finish removes it and keeps the branch', ACTIONS)
  action: (typeof ACTIONS)[number];

  @NameField('start: branch to create for it; a name of its own if left out')
  @Optional()
  branch?: string;

  @RevisionField('start: where the branch starts; HEAD if left out')
  @Optional()
  base?: string;

  @PathField(
    'start: its folder, which does not exist yet, if left out beside the repository; finish: which one',
  )
  @Optional()
  path?: string;

  @FlagField('finish: delete the branch too, even with commits that are on no other')
  @Optional()
  delete_branch: boolean = false;

  @FlagField('finish: also one of another session, when nobody works in it any more')
  @Optional()
  take_over: boolean = false;
}

export class IsolationOutput {
  @Describe('Give it as repo_path to work in it')
  @IsString()
  path: string;

  @Nullable()
  @IsString()
  branch: string | null;

  @Nullable()
  @IsString()
  head: string | null;

  @Describe('Whether it is of the session that asks')
  @IsBoolean()
  own: boolean;

  @Describe('Commits on it that HEAD of the main work tree does not have')
  @IsInt()
  ahead: number;

  @Describe('Paths with uncommitted changes')
  @IsInt()
  changes: number;

  @Describe('Why it is there although its session ended')
  @IsOptional()
  @IsString()
  kept?: string;
}

export class GitIsolateOutput {
  @Describe('What was done; empty for list')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => EffectOutput)
  effects: EffectOutput[];

  @Describe('The isolated work trees of the repository after the action')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => IsolationOutput)
  isolations: IsolationOutput[];

  @Describe('start: the new work tree, which is now the working directory of the session')
  @IsOptional()
  @IsString()
  path?: string;
}

@Injectable()
export class GitIsolateTool implements RepositoryTool<GitIsolateInput, GitIsolateOutput> {
  readonly logsItself = true;
  readonly spec = {
    name: 'git_isolate',
    title: 'Work in a work tree of your own',
    description:
      'start makes a linked work tree on a new branch for this session alone, so that no other agent is in the way, and makes it the working directory. finish removes it once all is committed; its branch stays, to be merged with git_merge. It ends with the session by itself: without uncommitted changes it is removed, with some it stays.',
    toolset: 'worktrees',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: WRITE,
    input: GitIsolateInput,
    output: GitIsolateOutput,
  } as const;

  constructor(
    private readonly writer: IsolationWriter,
    private readonly log: OperationLog,
  ) {}

  demands({ action }: GitIsolateInput): CallDemands {
    const reads = action === 'list';
    return reads ? { scopes: ['git:read'], access: 'read' } : { scopes: ['git:write'], access: 'write' };
  }

  needsPlan({ action, delete_branch }: GitIsolateInput): boolean {
    return action === 'finish' && delete_branch;
  }

  keeps(): Keeps {
    return 'worktrees';
  }

  async preview(input: GitIsolateInput, context: RepositoryContext, signal: AbortSignal): Promise<Plan> {
    if (input.action === 'list') return planOf({ effects: [] });
    if (input.action === 'start') {
      const { change } = await this.writer.start(context.repository, requestOf(input, context), signal);
      return planOf(change);
    }
    return planOf(
      await this.ending(input, context, await this.writer.main(context.repository, signal), signal),
    );
  }

  async run(
    input: GitIsolateInput,
    context: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitIsolateOutput>> {
    const main = await this.writer.main(context.repository, signal);
    if (input.action === 'list') return this.stateAfter([], undefined, main, context, signal);
    const work = () => this.change(input, context, main, signal);
    if (context.operation === undefined)
      throw new Error('A change is noted in the log, so it needs its call');
    // In the main work tree: that of the caller may be the one that goes.
    const touches = input.action === 'finish' ? [this.pathOf(input, context, main)] : [];
    const call = { ...context.operation, touches };
    const { result, id } = await this.log.record(main, call, work, (answer) => answer, signal);
    if (id === undefined) return result;
    return { text: result.text, structured: Object.assign(result.structured, { operation_id: id }) };
  }

  private async change(
    input: GitIsolateInput,
    context: RepositoryContext,
    main: Repository,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitIsolateOutput>> {
    const { place } = context;
    if (input.action === 'start') {
      const { change } = await this.writer.start(context.repository, requestOf(input, context), signal);
      const effects = await change.apply(signal);
      const path = effects.find(({ action }) => action === 'add worktree')?.subject;
      if (place !== undefined && path !== undefined) {
        place.isolate([...place.isolations, { repository: main.path, path }]);
        place.workIn(path);
      }
      return this.stateAfter(effects, path, main, context, signal);
    }
    const effects = await (await this.ending(input, context, main, signal)).apply(signal);
    const gone = effects.find(({ action }) => action === 'remove worktree')?.subject;
    if (place !== undefined && gone !== undefined) {
      place.isolate(place.isolations.filter(({ path }) => path !== gone));
      if (isWithin(place.workingDirectory ?? '', gone)) place.workIn(main.path);
    }
    return this.stateAfter(effects, undefined, main, context, signal);
  }

  private ending(
    input: GitIsolateInput,
    context: RepositoryContext,
    main: Repository,
    signal: AbortSignal,
  ): Promise<PlannedChange> {
    const path = this.pathOf(input, context, main);
    const owner = input.take_over ? {} : { owner: ownerOf(context) };
    return this.writer.finish(main, path, { ...owner, deleteBranch: input.delete_branch }, signal);
  }

  /** The one that finish means. */
  private pathOf(input: GitIsolateInput, { repository }: RepositoryContext, main: Repository): string {
    return repository.gitDir === main.gitDir ? needed(input, 'path') : (input.path ?? repository.path);
  }

  private async stateAfter(
    effects: GitIsolateOutput['effects'] | PlannedChange['effects'],
    path: string | undefined,
    main: Repository,
    context: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitIsolateOutput>> {
    const isolations: IsolationOutput[] = [];
    for (const isolation of await this.writer.list(main, signal)) {
      isolations.push(await this.output(isolation, main, ownerOf(context), signal));
    }
    const done = effects.length === 0 ? [] : [effectsText(effects)];
    const none = isolations.length === 0 ? ['No isolated work trees.'] : [];
    return {
      text: [...done, ...none, ...isolations.map(isolationText)].join('\n'),
      structured: { effects: [...effects], isolations, ...(path !== undefined && { path }) },
    };
  }

  private async output(
    isolation: Isolation,
    main: Repository,
    asking: string,
    signal: AbortSignal,
  ): Promise<IsolationOutput> {
    const { path, branch, head, owner, locked } = isolation;
    const ahead = await this.writer.ahead(main, isolation, signal);
    const changes = await this.writer.changes(main, isolation, signal);
    const kept = owner === null && locked !== null ? { kept: locked } : {};
    return { path, branch, head, own: owner === asking, ahead, changes, ...kept };
  }
}

/** Of a caller without a session the work trees are the principal's. */
function ownerOf({ place, sessionId, principal }: RepositoryContext): string {
  return place === undefined ? `principal-${principalKey(principal).slice(0, 16)}` : sessionId;
}

function requestOf({ branch, base, path }: GitIsolateInput, context: RepositoryContext) {
  return {
    owner: ownerOf(context),
    ...(branch !== undefined && { branch }),
    ...(base !== undefined && { base }),
    ...(path !== undefined && { path }),
  };
}

function isolationText({ path, branch, head, own, ahead, changes, kept }: IsolationOutput): string {
  const at = head === null ? '' : ` ${shortSha(head)}`;
  const whose = own ? ' (yours)' : '';
  return `${path}${at} [${branch ?? 'detached'}]${whose}, ${ahead} ahead, ${changes} changed${kept ? `, ${kept}` : ''}`;
}

import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, ValidateNested } from 'class-validator';

import {
  MAINTENANCE_TASKS,
  type MaintenanceTask,
  ObjectStoreKeeper,
  type ObjectStoreStatus,
} from '../../git/storage/object-store.keeper.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { DISCARD } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import { ChoiceField, Optional } from '../fields/field.decorators.js';
import { EffectOutput, effectsText, planOf } from '../outputs/effect.output.js';
import { type CallDemands, type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const TASKS = ['status', ...MAINTENANCE_TASKS] as const;

export class GitMaintenanceInput extends DestructiveInput {
  @ChoiceField(
    'status: only look; commit-graph: makes walks of the history faster; pack-refs and repack: fewer files; prune: delete objects that nothing reaches and that are older than two weeks; gc: all of it',
    TASKS,
  )
  @Optional()
  task: (typeof TASKS)[number] = 'status';
}

export class ObjectStoreOutput {
  @IsInt()
  loose_objects: number;

  @IsInt()
  loose_bytes: number;

  @IsInt()
  packs: number;

  @IsInt()
  packed_objects: number;

  @IsInt()
  pack_bytes: number;

  @Describe('Loose objects that a pack has as well')
  @IsInt()
  prunable: number;

  @Describe("Files in the object store that are none of git's")
  @IsInt()
  garbage: number;

  @IsBoolean()
  commit_graph: boolean;
}

export class GitMaintenanceOutput {
  @Describe('What was done; empty for status')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => EffectOutput)
  effects: EffectOutput[];

  @Describe('After the task')
  @ValidateNested()
  @Type(() => ObjectStoreOutput)
  objects: ObjectStoreOutput;
}

@Injectable()
export class GitMaintenanceTool implements RepositoryTool<GitMaintenanceInput, GitMaintenanceOutput> {
  readonly spec = {
    name: 'git_maintenance',
    title: 'Look after the object store',
    description:
      'Says how large the object store is, or tidies it: commit-graph, pack-refs, repack, prune, gc. prune and gc delete objects that nothing reaches, such as commits lost from every branch, once they are two weeks old; they need a yes to the plan of a dry_run, which names the objects. What git_undo needs is always kept.',
    toolset: 'maintain',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: DISCARD,
    input: GitMaintenanceInput,
    output: GitMaintenanceOutput,
  } as const;

  constructor(private readonly keeper: ObjectStoreKeeper) {}

  demands({ task }: GitMaintenanceInput): CallDemands {
    return task === 'status'
      ? { scopes: ['git:read'], access: 'read' }
      : { scopes: ['git:write'], access: 'write' };
  }

  needsPlan({ task }: GitMaintenanceInput): boolean {
    return task === 'gc' || task === 'prune';
  }

  keeps(): Keeps {
    return 'nothing';
  }

  async preview(
    { task }: GitMaintenanceInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    return planOf(task === 'status' ? { effects: [] } : await this.keeper.plan(repository, task, signal));
  }

  async run(
    { task }: GitMaintenanceInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitMaintenanceOutput>> {
    const effects = task === 'status' ? [] : await this.done(task, repository, signal);
    const status = await this.keeper.status(repository, signal);
    const done = task === 'status' ? [] : [effectsText(effects)];
    return {
      text: [...done, statusText(status)].join('\n'),
      structured: { effects: [...effects], objects: statusOutput(status) },
    };
  }

  private async done(
    task: MaintenanceTask,
    repository: RepositoryContext['repository'],
    signal: AbortSignal,
  ) {
    const change = await this.keeper.plan(repository, task, signal);
    return change.apply(signal);
  }
}

function statusOutput(status: ObjectStoreStatus): ObjectStoreOutput {
  return {
    loose_objects: status.looseObjects,
    loose_bytes: status.looseBytes,
    packs: status.packs,
    packed_objects: status.packedObjects,
    pack_bytes: status.packBytes,
    prunable: status.prunable,
    garbage: status.garbage,
    commit_graph: status.commitGraph,
  };
}

function statusText(status: ObjectStoreStatus): string {
  const { looseObjects, looseBytes, packs, packedObjects, packBytes, garbage, commitGraph } = status;
  return [
    `${looseObjects} loose objects (${looseBytes} bytes)`,
    `${packedObjects} objects in ${packs} packs (${packBytes} bytes)`,
    commitGraph ? 'a commit-graph' : 'no commit-graph',
    ...(garbage > 0 ? [`${garbage} files that do not belong there`] : []),
  ].join(', ');
}

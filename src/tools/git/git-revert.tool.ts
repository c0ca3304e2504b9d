import { Inject, Injectable } from '@nestjs/common';

import { type Favor, GIT_WRITES, type GitWrites } from '../../git/git-writes.port.js';
import { IntegrationPreviews } from '../../git/integration/integration.previews.js';
import { WRITE } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { Optional, RevisionField } from '../fields/field.decorators.js';
import { FavorField } from '../fields/integration.fields.js';
import { PickInput, pickRequestOf } from '../fields/pick.input.js';
import { integrationPlan } from '../outputs/integration.plan.js';
import { PickOutput, pickOutput, pickText } from '../outputs/pick.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitRevertInput extends PickInput {
  @RevisionField(
    'The commit to take back, or a range A..B: the commits of B that A does not have, newest first',
  )
  commit_hash: string;

  @FavorField('Which side wins where both changed the same lines; ours is the current branch')
  @Optional()
  favor?: Favor;
}

@Injectable()
export class GitRevertTool implements RepositoryTool<GitRevertInput, PickOutput> {
  readonly spec = {
    name: 'git_revert',
    title: 'Take back commits',
    description:
      'Makes new commits that take back what a commit, or each commit of a range, changed; history stays as it is, so this is the way for what was pushed. On conflicts it fails with merge_conflict and the paths: git_conflicts and git_resolve, then git_continue (or skip); or git_abort.',
    toolset: 'integrate',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: WRITE,
    input: GitRevertInput,
    output: PickOutput,
  } as const;

  constructor(
    @Inject(GIT_WRITES) private readonly writes: GitWrites,
    private readonly previews: IntegrationPreviews,
  ) {}

  keeps(): Keeps {
    return 'worktree';
  }

  async preview(
    input: GitRevertInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    return integrationPlan(await this.previews.pick(repository, 'revert', pickRequestOf(input), signal));
  }

  async run(
    input: GitRevertInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<PickOutput>> {
    const result = await this.writes.revert(repository, pickRequestOf(input), signal);
    const done = input.no_commit ? 'Staged what takes back' : 'Took back';
    return { text: pickText(done, input.commit_hash, result), structured: pickOutput(result) };
  }
}

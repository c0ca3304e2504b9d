import { Inject, Injectable } from '@nestjs/common';

import { type Favor, GIT_WRITES, type GitWrites } from '../../git/git-writes.port.js';
import { IntegrationPreviews } from '../../git/integration/integration.previews.js';
import { WRITE } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { FlagField, Optional, RevisionField } from '../fields/field.decorators.js';
import { FavorField } from '../fields/integration.fields.js';
import { PickInput, pickRequestOf } from '../fields/pick.input.js';
import { integrationPlan } from '../outputs/integration.plan.js';
import { PickOutput, pickOutput, pickText } from '../outputs/pick.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitCherryPickInput extends PickInput {
  @RevisionField('The commit to apply, or a range A..B: the commits of B that A does not have')
  commit_hash: string;

  @FlagField('Say in the message where the commit comes from')
  @Optional()
  record_origin: boolean = false;

  @FavorField('Which side wins where both changed the same lines; theirs is the picked commit')
  @Optional()
  favor?: Favor;
}

@Injectable()
export class GitCherryPickTool implements RepositoryTool<GitCherryPickInput, PickOutput> {
  readonly spec = {
    name: 'git_cherry_pick',
    title: 'Apply commits',
    description:
      'Applies the changes of a commit, or of each commit of a range, to the current branch as new commits. On conflicts it fails with merge_conflict and the paths: git_conflicts and git_resolve, then git_continue (or skip); or git_abort. A dry_run says whether there would be any.',
    toolset: 'integrate',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: WRITE,
    input: GitCherryPickInput,
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
    input: GitCherryPickInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    const request = pickRequestOf(input);
    return integrationPlan(await this.previews.pick(repository, 'cherry-pick', request, signal));
  }

  async run(
    input: GitCherryPickInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<PickOutput>> {
    const result = await this.writes.cherryPick(repository, pickRequestOf(input), signal);
    const done = input.no_commit ? 'Staged the changes of' : 'Applied';
    return { text: pickText(done, input.commit_hash, result), structured: pickOutput(result) };
  }
}

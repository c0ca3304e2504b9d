import { Inject, Injectable } from '@nestjs/common';

import { GIT_WRITES, type GitWrites } from '../../git/git-writes.port.js';
import { ChangePreviews } from '../../git/previews/change-previews.service.js';
import { IDEMPOTENT_WRITE } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { RevisionField } from '../fields/field.decorators.js';
import { ChangeInput } from '../fields/change.input.js';
import { headOutput, HeadOutput, headText, shortSha } from '../outputs/head.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitCheckoutInput extends ChangeInput {
  @RevisionField('Branch to switch to; a tag or commit is checked out detached')
  branch_name: string;
}

@Injectable()
export class GitCheckoutTool implements RepositoryTool<GitCheckoutInput, HeadOutput> {
  readonly spec = {
    name: 'git_checkout',
    title: 'Switch branches',
    description:
      'Switches the work tree to a branch; a tag or commit is checked out detached. It refuses, and changes nothing, where local changes would be lost.',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: IDEMPOTENT_WRITE,
    input: GitCheckoutInput,
    output: HeadOutput,
  } as const;

  constructor(
    @Inject(GIT_WRITES) private readonly writes: GitWrites,
    private readonly previews: ChangePreviews,
  ) {}

  keeps(): Keeps {
    return 'worktree';
  }

  async preview(
    { branch_name }: GitCheckoutInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    const { from, to, commit, creates } = await this.previews.checkout(repository, branch_name, signal);
    const created = creates === null ? [] : [{ action: 'create', subject: creates, from: null, to: commit }];
    return {
      text: `Would switch to ${to} at ${shortSha(commit)}`,
      effects: [...created, { action: 'move', subject: 'HEAD', from, to }],
    };
  }

  async run(
    { branch_name }: GitCheckoutInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<HeadOutput>> {
    const head = await this.writes.checkout(repository, branch_name, signal);
    return { text: `Switched to ${headText(head)}`, structured: headOutput(head) };
  }
}

import { Inject, Injectable } from '@nestjs/common';

import { GIT_READS, type GitReads } from '../../git/git-reads.port.js';
import { READ } from '../annotations.js';
import { DiffOptionsInput, diffShapeOf } from '../fields/diff-options.input.js';
import { ChoiceField, Optional, RevisionField } from '../fields/field.decorators.js';
import { diffAnswer } from '../outputs/diff.answer.js';
import { DiffOutput } from '../outputs/diff.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';
import { compare } from './comparison.js';

const FROM = ['fork', 'base'] as const;

export class GitDiffBranchesInput extends DiffOptionsInput {
  @RevisionField('What the changes would be merged into')
  base_branch: string;

  @RevisionField('What holds the changes')
  compare_branch: string;

  @ChoiceField(
    'Compare from where the two forked (base...compare), or from base itself (base..compare), which shows what base has gained as taken away',
    FROM,
  )
  @Optional()
  from: (typeof FROM)[number] = 'fork';
}

@Injectable()
export class GitDiffBranchesTool implements RepositoryTool<GitDiffBranchesInput, DiffOutput> {
  readonly spec = {
    name: 'git_diff_branches',
    title: 'Compare two branches',
    description:
      'Shows what compare_branch changed since it forked from base_branch, as a pull request shows it. Both may be branches, tags or commits.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitDiffBranchesInput,
    output: DiffOutput,
  } as const;

  constructor(@Inject(GIT_READS) private readonly reads: GitReads) {}

  async run(
    input: GitDiffBranchesInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<DiffOutput>> {
    const query = {
      kind: 'branches',
      base: input.base_branch,
      compare: input.compare_branch,
      ...(input.from === 'base' && { direct: true }),
      ...diffShapeOf(input),
    } as const;
    const diff = await compare(this.reads, repository, { query, input }, signal);
    return diffAnswer({ tool: this.spec.name, input, form }, diff);
  }
}

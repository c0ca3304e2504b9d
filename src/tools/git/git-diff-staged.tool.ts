import { Inject, Injectable } from '@nestjs/common';

import { GIT_READS, type GitReads } from '../../git/git-reads.port.js';
import { READ } from '../annotations.js';
import { DiffOptionsInput, diffShapeOf } from '../fields/diff-options.input.js';
import { diffAnswer } from '../outputs/diff.answer.js';
import { DiffOutput } from '../outputs/diff.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';
import { compare } from './comparison.js';

export class GitDiffStagedInput extends DiffOptionsInput {}

@Injectable()
export class GitDiffStagedTool implements RepositoryTool<GitDiffStagedInput, DiffOutput> {
  readonly spec = {
    name: 'git_diff_staged',
    title: 'Show staged changes',
    description: 'Shows what git_commit would commit: the staged changes against HEAD, as a unified diff.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitDiffStagedInput,
    output: DiffOutput,
  } as const;

  constructor(@Inject(GIT_READS) private readonly reads: GitReads) {}

  async run(
    input: GitDiffStagedInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<DiffOutput>> {
    const query = { kind: 'staged', ...diffShapeOf(input) } as const;
    const diff = await compare(this.reads, repository, { query, input }, signal);
    return diffAnswer({ tool: this.spec.name, input, form }, diff);
  }
}

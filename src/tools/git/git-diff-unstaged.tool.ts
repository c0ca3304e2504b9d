import { Inject, Injectable } from '@nestjs/common';

import { GIT_READS, type GitReads } from '../../git/git-reads.port.js';
import { READ } from '../annotations.js';
import { DiffOptionsInput, diffShapeOf } from '../fields/diff-options.input.js';
import { diffAnswer } from '../outputs/diff.answer.js';
import { DiffOutput } from '../outputs/diff.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';
import { compare } from './comparison.js';

export class GitDiffUnstagedInput extends DiffOptionsInput {}

@Injectable()
export class GitDiffUnstagedTool implements RepositoryTool<GitDiffUnstagedInput, DiffOutput> {
  readonly spec = {
    name: 'git_diff_unstaged',
    title: 'Show unstaged changes',
    description:
      'Shows the changes in the work tree that are not staged yet, as a unified diff. Untracked files are not part of it; git_status lists them.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitDiffUnstagedInput,
    output: DiffOutput,
  } as const;

  constructor(@Inject(GIT_READS) private readonly reads: GitReads) {}

  async run(
    input: GitDiffUnstagedInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<DiffOutput>> {
    const query = { kind: 'unstaged', ...diffShapeOf(input) } as const;
    const diff = await compare(this.reads, repository, { query, input }, signal);
    return diffAnswer({ tool: this.spec.name, input, form }, diff);
  }
}

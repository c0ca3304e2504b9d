import { Inject, Injectable } from '@nestjs/common';

import { GIT_READS, type GitReads } from '../../git/git-reads.port.js';
import { READ } from '../annotations.js';
import { DiffOptionsInput, diffShapeOf } from '../fields/diff-options.input.js';
import { RevisionField } from '../fields/field.decorators.js';
import { diffAnswer } from '../outputs/diff.answer.js';
import { DiffOutput } from '../outputs/diff.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';
import { compare } from './comparison.js';

export class GitDiffInput extends DiffOptionsInput {
  @RevisionField(
    'A branch, tag or commit to compare the work tree with; or A..B, or A...B from their merge base',
  )
  target: string;
}

@Injectable()
export class GitDiffTool implements RepositoryTool<GitDiffInput, DiffOutput> {
  readonly spec = {
    name: 'git_diff',
    title: 'Compare with a revision',
    description:
      'Compares the work tree with a revision (target: main), or two revisions (main..topic), or a revision with where it forked from another (main...topic). Returns a unified diff and the changed files.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitDiffInput,
    output: DiffOutput,
  } as const;

  constructor(@Inject(GIT_READS) private readonly reads: GitReads) {}

  async run(
    input: GitDiffInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<DiffOutput>> {
    const query = { kind: 'target', target: input.target, ...diffShapeOf(input) } as const;
    const diff = await compare(this.reads, repository, { query, input }, signal);
    return diffAnswer({ tool: this.spec.name, input, form }, diff);
  }
}

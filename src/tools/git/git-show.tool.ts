import { Inject, Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { ValidateNested } from 'class-validator';

import { GIT_READS, type GitReads } from '../../git/git-reads.port.js';
import { READ } from '../annotations.js';
import { RevisionField } from '../fields/field.decorators.js';
import { DiffOptionsInput, diffShapeOf } from '../fields/diff-options.input.js';
import { commitOutput, CommitOutput, commitText } from '../outputs/commit.output.js';
import { diffPage } from '../outputs/diff.answer.js';
import { ChangesOutput } from '../outputs/diff.output.js';
import { NextCursorField } from '../outputs/listing.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';
import { showCommit } from './comparison.js';

export class GitShowInput extends DiffOptionsInput {
  @RevisionField('A commit, branch or tag, or any expression that names one commit, such as HEAD~2')
  revision: string;
}

export class GitShowOutput {
  @ValidateNested()
  @Type(() => CommitOutput)
  commit: CommitOutput;

  @ValidateNested()
  @Type(() => ChangesOutput)
  diff: ChangesOutput;

  @NextCursorField()
  next_cursor?: string;
}

@Injectable()
export class GitShowTool implements RepositoryTool<GitShowInput, GitShowOutput> {
  readonly spec = {
    name: 'git_show',
    title: 'Show a commit',
    description:
      'Shows one commit: who made it, when, its message and the changes it made, as a unified diff.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitShowInput,
    output: GitShowOutput,
  } as const;

  constructor(@Inject(GIT_READS) private readonly reads: GitReads) {}

  async run(
    input: GitShowInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitShowOutput>> {
    const { commit, diff } = await showCommit(
      this.reads,
      repository,
      { shape: diffShapeOf(input), input },
      signal,
    );
    // Later pages only say which commit they are of.
    const messageBytes = input.cursor === undefined ? form.maxBytes * MESSAGE_SHARE : SUBJECT_BYTES;
    const head = commitText(commit, messageBytes);
    const output = commitOutput(commit, messageBytes);
    const around = form.format === 'json' ? JSON.stringify(output) : head;
    const page = diffPage({ tool: this.spec.name, input, form }, diff, Buffer.byteLength(around));
    const { nextCursor } = page;
    return {
      text: `${head}\n\n${page.text}`,
      structured: {
        commit: output,
        diff: page.changes,
        ...(nextCursor !== undefined && { next_cursor: nextCursor }),
      },
    };
  }
}

/** A long message never takes the place of the changes. */
const MESSAGE_SHARE = 0.3;
const SUBJECT_BYTES = 72;

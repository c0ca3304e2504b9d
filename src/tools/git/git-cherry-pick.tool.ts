import { Inject, Injectable } from '@nestjs/common';

import { GIT_WRITES, type GitWrites } from '../../git/git-writes.port.js';
import { WRITE } from '../annotations.js';
import { type Keeps } from '../changes/plan.js';
import { FlagField, Optional, RevisionField } from '../fields/field.decorators.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { headOutput, HeadOutput, headText } from '../outputs/head.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitCherryPickInput extends RepositoryInput {
  @RevisionField('The commit to apply')
  commit_hash: string;

  @FlagField('Only stage the changes, without a commit')
  @Optional()
  no_commit: boolean = false;
}

@Injectable()
export class GitCherryPickTool implements RepositoryTool<GitCherryPickInput, HeadOutput> {
  readonly spec = {
    name: 'git_cherry_pick',
    title: 'Apply a commit',
    description:
      'Applies the changes of one commit to the current branch as a new commit. On conflicts it fails with merge_conflict and the paths: resolve them, git_add them, then git_continue; or git_abort.',
    toolset: 'integrate',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: WRITE,
    input: GitCherryPickInput,
    output: HeadOutput,
  } as const;

  constructor(@Inject(GIT_WRITES) private readonly writes: GitWrites) {}

  keeps(): Keeps {
    return 'worktree';
  }

  async run(
    { commit_hash, no_commit }: GitCherryPickInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<HeadOutput>> {
    const head = await this.writes.cherryPick(repository, commit_hash, no_commit, signal);
    const done = no_commit ? 'Staged the changes of' : 'Applied';
    return { text: `${done} ${commit_hash}: ${headText(head)}`, structured: headOutput(head) };
  }
}

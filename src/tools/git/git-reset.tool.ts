import { Inject, Injectable } from '@nestjs/common';

import { GIT_WRITES, type GitWrites } from '../../git/git-writes.port.js';
import { ChangePreviews } from '../../git/previews/change-previews.service.js';
import { UNSTAGE } from '../annotations.js';
import { type Plan } from '../changes/plan.js';
import { ChangeInput } from '../fields/change.input.js';
import { PathsOutput, pathsOutput, pathsText } from '../outputs/paths.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitResetInput extends ChangeInput {}

@Injectable()
export class GitResetTool implements RepositoryTool<GitResetInput, PathsOutput> {
  readonly spec = {
    name: 'git_reset',
    title: 'Unstage all files',
    description:
      'Unstages all staged changes of all files. The files in the work tree keep their content, so nothing that was written is lost; only what was staged is forgotten.',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: UNSTAGE,
    input: GitResetInput,
    output: PathsOutput,
  } as const;

  constructor(
    @Inject(GIT_WRITES) private readonly writes: GitWrites,
    private readonly previews: ChangePreviews,
  ) {}

  async preview(
    _input: GitResetInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    const staged = await this.previews.reset(repository, signal);
    const paths = staged.map(({ path }) => path);
    return {
      text: pathsText('Would unstage', paths),
      effects: staged.map(({ path, from, to }) => ({ action: 'unstage', subject: path, from: to, to: from })),
    };
  }

  async run(
    _input: GitResetInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<PathsOutput>> {
    const paths = await this.writes.reset(repository, signal);
    return { text: pathsText('Unstaged', paths), structured: pathsOutput(paths) };
  }
}

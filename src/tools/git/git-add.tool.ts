import { Inject, Injectable } from '@nestjs/common';

import { GIT_WRITES, type GitWrites } from '../../git/git-writes.port.js';
import { ChangePreviews } from '../../git/previews/change-previews.service.js';
import { IDEMPOTENT_WRITE } from '../annotations.js';
import { type Plan } from '../changes/plan.js';
import { ChangeInput } from '../fields/change.input.js';
import { PathsField } from '../fields/list.fields.js';
import { PathsOutput, pathsOutput, pathsText } from '../outputs/paths.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitAddInput extends ChangeInput {
  @PathsField('Files and folders, relative to the top of the work tree; "." for everything')
  files: string[];
}

@Injectable()
export class GitAddTool implements RepositoryTool<GitAddInput, PathsOutput> {
  readonly spec = {
    name: 'git_add',
    title: 'Stage files',
    description:
      'Stages the current content of files and folders for the next commit, deletions included. files: paths relative to the top of the work tree; "." stages everything.',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: IDEMPOTENT_WRITE,
    input: GitAddInput,
    output: PathsOutput,
  } as const;

  constructor(
    @Inject(GIT_WRITES) private readonly writes: GitWrites,
    private readonly previews: ChangePreviews,
  ) {}

  async preview(
    { files }: GitAddInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    const paths = await this.previews.add(repository, files, signal);
    return {
      text: pathsText('Would stage', paths),
      effects: paths.map((subject) => ({ action: 'stage', subject })),
    };
  }

  async run(
    { files }: GitAddInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<PathsOutput>> {
    const paths = await this.writes.add(repository, files, signal);
    return { text: pathsText('Staged', paths), structured: pathsOutput(paths) };
  }
}

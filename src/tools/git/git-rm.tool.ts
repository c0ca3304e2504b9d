import { Injectable } from '@nestjs/common';

import { type RemoveRequest, RemoveWriter } from '../../git/work-tree/remove.writer.js';
import { DISCARD } from '../annotations.js';
import { type Plan } from '../changes/plan.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import { FlagField, Optional } from '../fields/field.decorators.js';
import { PathsField } from '../fields/list.fields.js';
import { PathsOutput, pathsOutput, pathsText } from '../outputs/paths.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitRmInput extends DestructiveInput {
  @PathsField('Tracked files and folders, relative to the top of the work tree')
  paths: string[];

  @FlagField('Forget the files and leave them in the work tree')
  @Optional()
  cached: boolean = false;

  @FlagField('Also folders, with all tracked files in them')
  @Optional()
  recursive: boolean = false;

  @FlagField('Also files with changes that no commit has, which are lost')
  @Optional()
  force: boolean = false;
}

@Injectable()
export class GitRmTool implements RepositoryTool<GitRmInput, PathsOutput> {
  readonly spec = {
    name: 'git_rm',
    title: 'Remove tracked files',
    description:
      'Removes tracked files from the work tree and stages their deletion; with cached the files stay and are only untracked. Fails with local-changes where changes would be lost: commit them, or use force, which needs a yes to the plan of a dry_run. Returns the removed files.',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: DISCARD,
    input: GitRmInput,
    output: PathsOutput,
  } as const;

  constructor(private readonly writer: RemoveWriter) {}

  needsPlan({ force }: GitRmInput): boolean {
    return force;
  }

  keeps({ cached }: GitRmInput): 'index' | 'worktree' {
    return cached ? 'index' : 'worktree';
  }

  async preview(input: GitRmInput, { repository }: RepositoryContext, signal: AbortSignal): Promise<Plan> {
    const paths = await this.writer.plan(repository, requestOf(input), signal);
    const action = input.cached ? 'unstage' : 'delete';
    return {
      text: pathsText(input.cached ? 'Would forget' : 'Would remove', paths),
      effects: paths.map((subject) => ({ action, subject })),
    };
  }

  async run(
    input: GitRmInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<PathsOutput>> {
    const paths = await this.writer.remove(repository, requestOf(input), signal);
    const done = input.cached ? 'Forgot' : 'Removed';
    return { text: pathsText(done, paths), structured: pathsOutput(paths) };
  }
}

function requestOf({ paths, cached, recursive, force }: GitRmInput): RemoveRequest {
  return { paths, cached, recursive, force };
}

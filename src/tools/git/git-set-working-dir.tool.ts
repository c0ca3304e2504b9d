import { Inject, Injectable } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';

import { RootFolders } from '../../git/paths/root-folders.service.js';
import { REPOSITORY_LOCATOR, type RepositoryLocator } from '../../git/repository-locks.port.js';
import { ServerError } from '../../shared/errors/index.js';
import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { FlagField, Optional, PathField } from '../fields/field.decorators.js';
import { pathFrom } from '../working-directory/arguments-from.js';
import { placeOf } from '../working-directory/place-of.js';
import { type CatalogTool, type ToolAnswer, type ToolContext } from '../tool.js';

export class GitSetWorkingDirInput {
  @PathField(
    'Folder inside the roots of the server: a repository, a folder in one, or one above several; left out: only tell which is set',
  )
  @Optional()
  path?: string;

  @FlagField('Forget the one that is set')
  @Optional()
  clear: boolean = false;
}

export class WorkingDirOutput {
  @Describe('Real path of the working directory; null where none is set')
  @Nullable()
  @IsString()
  working_dir: string | null;

  @Describe('Work tree of the repository that it lies in; absent where it lies in none')
  @IsOptional()
  @IsString()
  repository?: string;
}

@Injectable()
export class GitSetWorkingDirTool implements CatalogTool<GitSetWorkingDirInput, WorkingDirOutput> {
  readonly spec = {
    name: 'git_set_working_dir',
    title: 'Set the working directory of the session',
    description:
      'Sets the working directory of this session: from then on repo_path may be relative to it, or be left out. It comes back with a resumed session; other sessions have their own. Without path it returns the one that is set, with clear it forgets it.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'none',
    network: false,
    annotations: READ,
    input: GitSetWorkingDirInput,
    output: WorkingDirOutput,
  } as const;

  constructor(
    private readonly folders: RootFolders,
    @Inject(REPOSITORY_LOCATOR) private readonly locator: RepositoryLocator,
  ) {}

  async answer(
    { path, clear }: GitSetWorkingDirInput,
    context: ToolContext,
  ): Promise<ToolAnswer<WorkingDirOutput>> {
    const place = placeOf(context);
    if (path !== undefined) place.workIn(this.folders.real(pathFrom(place.workingDirectory, path)));
    else if (clear) place.workIn(undefined);
    const directory = place.workingDirectory;
    if (directory === undefined) {
      return { text: 'No working directory is set.', structured: { working_dir: null } };
    }
    const repository = await this.repositoryAt(directory);
    return {
      text: repository === undefined ? directory : `${directory} in the repository ${repository}`,
      structured: { working_dir: directory, ...(repository !== undefined && { repository }) },
    };
  }

  /** A folder above repositories lies in none; one that is gone, or refused, is told by the next call that uses it. */
  private async repositoryAt(directory: string): Promise<string | undefined> {
    try {
      return (await this.locator.locate(directory, new AbortController().signal)).path;
    } catch (error) {
      if (error instanceof ServerError) return undefined;
      throw error;
    }
  }
}

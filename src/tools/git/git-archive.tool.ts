import { Injectable } from '@nestjs/common';
import { IsInt, IsString } from 'class-validator';

import { ARCHIVE_FORMATS, type ArchiveRequest, Archiver } from '../../git/storage/archiver.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { DISCARD } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import { ChoiceField, FlagField, Optional, PathField, RevisionField } from '../fields/field.decorators.js';
import { AnyPathsField } from '../fields/list.fields.js';
import { planOf } from '../outputs/effect.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitArchiveInput extends DestructiveInput {
  @PathField('The file to make: absolute inside the roots, or relative to the work tree')
  output: string;

  @RevisionField('A commit, tag or tree')
  @Optional()
  revision: string = 'HEAD';

  @ChoiceField('Neither needs another program', ARCHIVE_FORMATS)
  @Optional()
  archive_format: (typeof ARCHIVE_FORMATS)[number] = 'tar';

  @AnyPathsField('Only these files and folders')
  @Optional()
  paths: string[] = [];

  @PathField('A folder in the archive that all files get into, such as app-1.0')
  @Optional()
  prefix?: string;

  @FlagField('Replace the file where there is one')
  @Optional()
  overwrite: boolean = false;
}

export class WrittenFileOutput {
  @Describe('Real and absolute')
  @IsString()
  path: string;

  @IsInt()
  bytes: number;
}

@Injectable()
export class GitArchiveTool implements RepositoryTool<GitArchiveInput, WrittenFileOutput> {
  readonly spec = {
    name: 'git_archive',
    title: 'Pack the files of a commit',
    description:
      'Writes the files of a commit into a tar or zip file inside the roots, without the history. Obeys export-ignore and export-subst; submodules are left out. A file that exists is replaced only with overwrite, which needs a yes to the plan of a dry_run.',
    toolset: 'maintain',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: DISCARD,
    input: GitArchiveInput,
    output: WrittenFileOutput,
  } as const;

  constructor(private readonly archiver: Archiver) {}

  needsPlan({ overwrite }: GitArchiveInput): boolean {
    return overwrite;
  }

  keeps(): Keeps {
    return 'nothing';
  }

  async preview(
    input: GitArchiveInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    return planOf(await this.archiver.plan(repository, requestOf(input), signal));
  }

  async run(
    input: GitArchiveInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<WrittenFileOutput>> {
    const change = await this.archiver.plan(repository, requestOf(input), signal);
    const [effect] = await change.apply(signal);
    const written = { path: effect?.subject ?? '', bytes: Number(effect?.to) };
    return { text: `Wrote ${written.path} (${written.bytes} bytes)`, structured: written };
  }
}

function requestOf({
  revision,
  archive_format,
  output,
  overwrite,
  paths,
  prefix,
}: GitArchiveInput): ArchiveRequest {
  return {
    revision,
    format: archive_format,
    output,
    overwrite,
    paths,
    ...(prefix !== undefined && { prefix }),
  };
}

import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { ArrayMinSize, IsArray, IsBoolean, IsString, ValidateNested } from 'class-validator';

import { type NamedObject, RevisionInspector } from '../../git/inspect/revision.inspector.js';
import { isShallow } from '../../git/inspect/shallow.js';
import { type Repository } from '../../git/repository.js';
import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { TextsField } from '../fields/list.fields.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const MAX_REVISIONS = 100;

export class GitRevParseInput extends RepositoryInput {
  @TextsField(
    'Names of objects, as gitrevisions(7) has them: main~2, v1.0^{tree}, HEAD:src/a.ts, main@{upstream}',
    MAX_REVISIONS,
    1_024,
  )
  @ArrayMinSize(1)
  revisions: string[];
}

export class NamedObjectOutput {
  @IsString()
  revision: string;

  @Describe('Null where it names nothing, or an abbreviated id could be several')
  @Nullable()
  @IsString()
  sha: string | null;

  @Describe('commit, tag, tree or blob')
  @Nullable()
  @IsString()
  type: string | null;

  @Describe('Full name of the ref, where the revision is the name of one')
  @Nullable()
  @IsString()
  ref: string | null;

  @IsBoolean()
  ambiguous: boolean;
}

export class RepositoryFactsOutput {
  @Describe('Top of the work tree, or the bare repository')
  @IsString()
  top_level: string;

  @IsString()
  git_dir: string;

  @Describe("The main repository's git folder, where this is a linked work tree")
  @IsString()
  common_dir: string;

  @IsBoolean()
  bare: boolean;

  @IsBoolean()
  shallow: boolean;

  @Describe('sha1 or sha256')
  @IsString()
  object_format: string;
}

export class GitRevParseOutput {
  @Describe('In the order of the question')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => NamedObjectOutput)
  objects: NamedObjectOutput[];

  @ValidateNested()
  @Type(() => RepositoryFactsOutput)
  repository: RepositoryFactsOutput;
}

@Injectable()
export class GitRevParseTool implements RepositoryTool<GitRevParseInput, GitRevParseOutput> {
  readonly spec = {
    name: 'git_rev_parse',
    title: 'Find what names mean',
    description:
      'Says which object each of some revisions names: id, type, and the full name of a ref. One that names nothing is no error, its sha is null. Also says where the repository is, and whether it is bare or shallow.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitRevParseInput,
    output: GitRevParseOutput,
  } as const;

  constructor(private readonly inspector: RevisionInspector) {}

  async run(
    { revisions }: GitRevParseInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitRevParseOutput>> {
    const objects = await this.inspector.inspect(repository, revisions, signal);
    return {
      text: objects.map(objectText).join('\n'),
      structured: { objects: [...objects], repository: factsOf(repository) },
    };
  }
}

function factsOf(repository: Repository): RepositoryFactsOutput {
  const { path, gitDir, commonDir, bare, objectFormat } = repository;
  return {
    top_level: path,
    git_dir: gitDir,
    common_dir: commonDir,
    bare,
    shallow: isShallow(repository),
    object_format: objectFormat,
  };
}

function objectText({ revision, sha, type, ref, ambiguous }: NamedObject): string {
  if (sha === null) return `${revision}: ${ambiguous ? 'could be several objects' : 'names nothing'}`;
  return `${revision}: ${type} ${sha}${ref === null ? '' : ` (${ref})`}`;
}

import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsOptional, IsString, ValidateNested } from 'class-validator';

import { type FsckFinding, FsckReader } from '../../git/inspect/fsck.reader.js';
import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { FlagField, Optional } from '../fields/field.decorators.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { listing, OmittedField, omittedOutput, omittedText } from '../outputs/listing.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitFsckInput extends RepositoryInput {
  @FlagField('Only whether every object that is needed is there, which is faster')
  @Optional()
  connectivity_only: boolean = false;

  @FlagField('Also list objects that nothing reaches, such as lost commits')
  @Optional()
  unreachable: boolean = false;

  @FlagField('Count old and harmless faults as well')
  @Optional()
  strict: boolean = false;
}

export class FsckFindingOutput {
  @Describe('error, warning, missing, broken link or unreachable')
  @IsString()
  kind: string;

  @Describe('commit, tree, blob or tag')
  @Nullable()
  @IsString()
  type: string | null;

  @Nullable()
  @IsString()
  sha: string | null;

  @Describe("git's own words")
  @IsString()
  text: string;
}

export class GitFsckOutput {
  @Describe('Nothing is missing or damaged')
  @IsBoolean()
  sound: boolean;

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => FsckFindingOutput)
  problems: FsckFindingOutput[];

  @Describe('With unreachable: objects that nothing reaches, which is no fault')
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => FsckFindingOutput)
  unreachable: FsckFindingOutput[];

  @OmittedField()
  omitted?: number;

  @Describe('Git had more to say than was listened to')
  @IsOptional()
  @IsBoolean()
  truncated?: boolean;
}

@Injectable()
export class GitFsckTool implements RepositoryTool<GitFsckInput, GitFsckOutput> {
  readonly spec = {
    name: 'git_fsck',
    title: 'Check that a repository is whole',
    description:
      'Reads every object of a repository and says what is missing, damaged or malformed; changes nothing. With unreachable it also lists commits that no branch has any more, which git_show shows and git_create_branch brings back. Takes long in large repositories; connectivity_only is faster.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitFsckInput,
    output: GitFsckOutput,
  } as const;

  constructor(private readonly reader: FsckReader) {}

  async run(
    { connectivity_only, unreachable, strict }: GitFsckInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitFsckOutput>> {
    const query = { connectivityOnly: connectivity_only, unreachable, strict };
    const { sound, problems, loose, truncated } = await this.reader.check(repository, query, signal);
    const { shown, omitted } = listing(loose);
    const verdict = sound ? 'The repository is sound.' : 'The repository is not sound:';
    const rest = truncated ? ['There is more; git stopped being listened to here.'] : [];
    return {
      text: [verdict, ...[...problems, ...shown].map(line), ...omittedText(omitted), ...rest].join('\n'),
      structured: {
        sound,
        problems: [...problems],
        unreachable: [...shown],
        ...omittedOutput(omitted),
        ...(truncated && { truncated }),
      },
    };
  }
}

function line({ text }: FsckFinding): string {
  return text;
}

import { Injectable } from '@nestjs/common';
import { IsInt, IsOptional, IsString } from 'class-validator';

import {
  DESCRIBE_NAMES,
  DescribeReader,
  type DescribeQuery,
  type Description,
} from '../../git/inspect/describe.reader.js';
import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import {
  ChoiceField,
  CountField,
  FlagField,
  NameField,
  Optional,
  RevisionField,
} from '../fields/field.decorators.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { shortSha } from '../outputs/head.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitDescribeInput extends RepositoryInput {
  @RevisionField('The commit')
  @Optional()
  revision: string = 'HEAD';

  @ChoiceField('Which names count: annotated tags, all tags, or all refs', DESCRIBE_NAMES)
  @Optional()
  names: (typeof DESCRIBE_NAMES)[number] = 'tags';

  @FlagField('The first tag that has the commit, instead of the last one before it')
  @Optional()
  contains: boolean = false;

  @NameField('Only names that match, such as v1.*')
  @Optional()
  match?: string;

  @NameField('No names that match, such as *-rc*')
  @Optional()
  exclude?: string;

  @FlagField('Follow only the first parents of merges')
  @Optional()
  first_parent: boolean = false;

  @CountField('Digits of the abbreviated id; 0 names the tag alone', 0, 64)
  @Optional()
  abbrev: number = 7;
}

export class GitDescribeOutput {
  @Describe('Id of the commit')
  @IsString()
  sha: string;

  @Describe('Such as v1.0-3-g1a2b3c4; null where no name fits')
  @Nullable()
  @IsString()
  description: string | null;

  @Describe('The tag or ref in it')
  @IsOptional()
  @IsString()
  name?: string;

  @Describe('How many commits came after the tag')
  @IsOptional()
  @IsInt()
  distance?: number;
}

@Injectable()
export class GitDescribeTool implements RepositoryTool<GitDescribeInput, GitDescribeOutput> {
  readonly spec = {
    name: 'git_describe',
    title: 'Name a commit after a tag',
    description:
      'Names a commit by the nearest tag before it, with the number of commits since (v1.0-3-g1a2b3c4), or with contains by the first tag after it (v1.1~2): which release it is based on, or first came in.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitDescribeInput,
    output: GitDescribeOutput,
  } as const;

  constructor(private readonly reader: DescribeReader) {}

  async run(
    input: GitDescribeInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitDescribeOutput>> {
    const found = await this.reader.describe(repository, queryOf(input), signal);
    const { sha, text, name, distance } = found;
    return {
      text: text ?? noneText(found, input),
      structured: {
        sha,
        description: text,
        ...(name !== undefined && { name }),
        ...(distance !== undefined && { distance }),
      },
    };
  }
}

function noneText({ sha }: Description, { contains }: GitDescribeInput): string {
  return `No name that fits ${contains ? 'has' : 'comes before'} ${shortSha(sha)}.`;
}

function queryOf(input: GitDescribeInput): DescribeQuery {
  const { revision, names, contains, match, exclude, abbrev } = input;
  return {
    revision,
    names,
    contains,
    abbrev,
    firstParent: input.first_parent,
    ...(match !== undefined && { match }),
    ...(exclude !== undefined && { exclude }),
  };
}

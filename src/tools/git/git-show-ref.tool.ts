import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsOptional, IsString, ValidateNested } from 'class-validator';

import { RefLister, type RefRecord } from '../../git/inspect/ref.lister.js';
import { HeadReader } from '../../git/reads/head.reader.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { Optional } from '../fields/field.decorators.js';
import { TextsField } from '../fields/list.fields.js';
import { PagedInput } from '../fields/paged.input.js';
import { HeadOutput, headOutput, headText } from '../outputs/head.output.js';
import { NextCursorField, OmittedField } from '../outputs/listing.js';
import { listPage, moreText, pageOutput } from '../paging/list.page.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitShowRefInput extends PagedInput {
  @TextsField('Only refs that begin with one of these (refs/heads, refs/tags/v1.0) or match it (refs/*/v1.*)')
  @Optional()
  patterns: string[] = [];
}

export class RefOutput {
  @Describe('In full, such as refs/heads/main')
  @IsString()
  name: string;

  @IsString()
  sha: string;

  @Describe('commit, tag (an annotated one), tree or blob')
  @IsString()
  type: string;

  @Describe('Id of what an annotated tag names')
  @IsOptional()
  @IsString()
  peeled?: string;

  @Describe('The ref that a symbolic one stands for')
  @IsOptional()
  @IsString()
  target?: string;
}

export class GitShowRefOutput {
  @ValidateNested()
  @Type(() => HeadOutput)
  head: HeadOutput;

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => RefOutput)
  refs: RefOutput[];

  @OmittedField()
  omitted?: number;

  @NextCursorField()
  next_cursor?: string;
}

@Injectable()
export class GitShowRefTool implements RepositoryTool<GitShowRefInput, GitShowRefOutput> {
  readonly spec = {
    name: 'git_show_ref',
    title: 'List refs',
    description:
      'Lists refs of every kind (branches, remote-tracking branches, tags, notes, stash) with the ids they are at, and HEAD. git_branch and git_tag say more of branches and tags. Goes on with cursor.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitShowRefInput,
    output: GitShowRefOutput,
  } as const;

  constructor(
    private readonly lister: RefLister,
    private readonly heads: HeadReader,
  ) {}

  async run(
    input: GitShowRefInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitShowRefOutput>> {
    const [refs, head] = await Promise.all([
      this.lister.list(repository, input.patterns, signal),
      this.heads.head(repository, signal),
    ]);
    const state = () => JSON.stringify(refs);
    const page = listPage({ tool: this.spec.name, input, form, state }, refs, (ref) => ({
      text: refText(ref),
      structured: ref,
    }));
    const none = refs.length === 0 ? ['No refs.'] : [];
    return {
      text: [`HEAD: ${headText(head)}`, ...none, ...page.items.map(refText), ...moreText(page)].join('\n'),
      structured: { head: headOutput(head), refs: [...page.items], ...pageOutput(page) },
    };
  }
}

function refText({ sha, name, peeled, target }: RefRecord): string {
  const more = target === undefined ? (peeled === undefined ? '' : ` (of ${peeled})`) : ` -> ${target}`;
  return `${sha} ${name}${more}`;
}

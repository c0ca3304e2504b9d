import { Injectable } from '@nestjs/common';
import { ArrayMinSize, IsArray, IsBoolean, IsOptional, IsString } from 'class-validator';

import {
  ANCESTRY_QUESTIONS,
  type AncestryQuestion,
  AncestryReader,
} from '../../git/inspect/ancestry.reader.js';
import { ServerError } from '../../shared/errors/index.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { ChoiceField, Optional } from '../fields/field.decorators.js';
import { TextsField } from '../fields/list.fields.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitMergeBaseInput extends RepositoryInput {
  @TextsField('The commits, at least two', 20, 1_024)
  @ArrayMinSize(2)
  commits: string[];

  @ChoiceField(
    'best: one base of the first with the others; all: every such base; octopus: of all together; independent: those that no other of them reaches; is-ancestor: whether the second has the first; fork-point: where the second left the first (a branch), by its reflog',
    ANCESTRY_QUESTIONS,
  )
  @Optional()
  question: AncestryQuestion = 'best';
}

export class GitMergeBaseOutput {
  @Describe('Ids; none where the histories have nothing in common')
  @IsArray()
  @IsString({ each: true })
  commits: string[];

  @Describe('Of is-ancestor')
  @IsOptional()
  @IsBoolean()
  is_ancestor?: boolean;
}

@Injectable()
export class GitMergeBaseTool implements RepositoryTool<GitMergeBaseInput, GitMergeBaseOutput> {
  readonly spec = {
    name: 'git_merge_base',
    title: 'Find common ancestors',
    description:
      'Finds the commit that histories have in common, every such commit, which of some commits no other reaches, or whether one commit is an ancestor of another.',
    toolset: 'inspect',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitMergeBaseInput,
    output: GitMergeBaseOutput,
  } as const;

  constructor(private readonly reader: AncestryReader) {}

  async run(
    { commits: names, question }: GitMergeBaseInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitMergeBaseOutput>> {
    if (names.length > 2 && (question === 'is-ancestor' || question === 'fork-point')) throw tooMany();
    const { commits, isAncestor } = await this.reader.ask(repository, question, names, signal);
    const structured = {
      commits: [...commits],
      ...(isAncestor !== undefined && { is_ancestor: isAncestor }),
    };
    if (isAncestor !== undefined) return { text: isAncestor ? 'Yes.' : 'No.', structured };
    return { text: commits.length === 0 ? 'There is none.' : commits.join('\n'), structured };
  }
}

function tooMany(): ServerError {
  const message = 'is-ancestor and fork-point are questions about two commits; give two';
  return new ServerError('validation_failed', message, {
    details: [{ path: 'arguments.commits', constraint: 'arrayMaxSize', message: 'commits must be two' }],
  });
}

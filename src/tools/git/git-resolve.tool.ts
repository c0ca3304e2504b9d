import { Injectable } from '@nestjs/common';
import { IsArray, IsInt, IsOptional, IsString } from 'class-validator';

import { ConflictReader } from '../../git/conflicts/conflict.reader.js';
import { ConflictResolver, type ResolutionRequest } from '../../git/conflicts/conflict.resolver.js';
import { type Repository } from '../../git/repository.js';
import { ServerError } from '../../shared/errors/index.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { DISCARD } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { ChangeInput } from '../fields/change.input.js';
import { ChoiceField, ContentField, FlagField, Optional } from '../fields/field.decorators.js';
import { AnyPathsField } from '../fields/list.fields.js';
import { pathsOutput, PathsOutput, pathsText } from '../outputs/paths.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const SIDES = ['ours', 'theirs', 'base', 'both'] as const;

export class GitResolveInput extends ChangeInput {
  @AnyPathsField('Files in conflict, "." for all; not with patch')
  @Optional()
  paths: string[] = [];

  @ChoiceField(
    'Take this version of each path. both: where they differ, the lines of ours and then of theirs',
    SIDES,
  )
  @Optional()
  side?: (typeof SIDES)[number];

  @ContentField('What the one path of paths is to hold')
  @Optional()
  content?: string;

  @ContentField('Unified diff against the files as they are now, conflict markers included')
  @Optional()
  patch?: string;

  @FlagField('Resolve by deleting the paths')
  @Optional()
  delete: boolean = false;
}

export class GitResolveOutput extends PathsOutput {
  @Describe('How many paths are in conflict still; git_continue when it is 0')
  @IsInt()
  left: number;

  @Describe('Resolved paths that still hold conflict markers')
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  with_markers?: string[];
}

@Injectable()
export class GitResolveTool implements RepositoryTool<GitResolveInput, GitResolveOutput> {
  readonly spec = {
    name: 'git_resolve',
    title: 'Resolve conflicts',
    description:
      'Settles files in conflict and stages them, by exactly one of: side (ours, theirs, base, both), content (one path), patch (against the file with its markers), delete. In a rebase ours is what is rebased onto and theirs your own commit. git_conflicts shows the versions; then git_continue.',
    toolset: 'integrate',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: DISCARD,
    input: GitResolveInput,
    output: GitResolveOutput,
  } as const;

  constructor(
    private readonly resolver: ConflictResolver,
    private readonly reader: ConflictReader,
  ) {}

  keeps(): Keeps {
    return 'worktree';
  }

  async preview(
    input: GitResolveInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    const planned = await this.resolver.plan(repository, requestOf(input), signal);
    const paths = planned.map(({ path }) => path);
    return {
      text: pathsText('Would resolve', paths),
      effects: planned.map(({ path, to }) => ({
        action: 'resolve',
        subject: path,
        ...(to !== undefined && { to }),
      })),
    };
  }

  async run(
    input: GitResolveInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitResolveOutput>> {
    const request = requestOf(input);
    const paths = await this.resolver.resolve(repository, request, signal);
    const left = (await this.reader.list(repository, signal)).length;
    const marked = await this.marked(repository, request, paths);
    const rest = left === 0 ? 'No conflict is left: git_continue goes on.' : `In conflict still: ${left}.`;
    const warning =
      marked.length === 0 ? [] : [`Conflict markers are left in ${marked.length}: ${marked.join(', ')}`];
    return {
      text: [pathsText('Resolved', paths), rest, ...warning].join('\n'),
      structured: { ...pathsOutput(paths), left, ...(marked.length > 0 && { with_markers: marked }) },
    };
  }

  // Text that a caller has written may well be meant to hold them: it is told, and not refused.
  private async marked(repository: Repository, { kind }: ResolutionRequest, paths: readonly string[]) {
    if (kind !== 'content' && kind !== 'patch') return [];
    const found: string[] = [];
    for (const path of paths) {
      const name = Buffer.from(path).toString('latin1');
      const file = await this.reader.marked(repository, { path: name }, 2 ** 20);
      if (/^<{7} [\s\S]*^>{7} /m.test(file?.text ?? '')) found.push(path);
    }
    return found;
  }
}

function requestOf({ paths, side, content, patch, delete: deletes }: GitResolveInput): ResolutionRequest {
  const ways: (ResolutionRequest | undefined)[] = [
    side === undefined ? undefined : { kind: 'side', side, paths },
    content === undefined ? undefined : { kind: 'content', path: onePath(paths), content },
    patch === undefined ? undefined : { kind: 'patch', patch },
    deletes ? { kind: 'delete', paths } : undefined,
  ];
  const [request, another] = ways.filter((way) => way !== undefined);
  if (request !== undefined && another === undefined) return request;
  throw invalid('side', 'Give exactly one of side, content, patch and delete');
}

function onePath(paths: readonly string[]): string {
  const [path, another] = paths;
  if (path !== undefined && another === undefined) return path;
  throw invalid('paths', 'content is that of one path; name exactly one');
}

function invalid(field: string, message: string): ServerError {
  return new ServerError('validation_failed', message, {
    details: [{ path: `arguments.${field}`, constraint: 'isOneWay', message }],
  });
}

import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import { type Conflict, kindOf, type Side, SIDES } from '../../git/conflicts/conflict.js';
import { ConflictReader, type VersionText } from '../../git/conflicts/conflict.reader.js';
import { cutAtLine } from '../../git/patch-text.js';
import { OperationProgressReader } from '../../git/reads/operation-progress.reader.js';
import { type Repository } from '../../git/repository.js';
import { nameText } from '../../git/work-tree/path-lists.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { type AnswerForm } from '../answers/answer-form.js';
import { PagedInput } from '../fields/paged.input.js';
import { shortSha } from '../outputs/head.output.js';
import { NextCursorField, OmittedField } from '../outputs/listing.js';
import { listPage, moreText, pageOutput } from '../paging/list.page.js';
import { positionOf } from '../paging/cursor.js';
import { STATUS_OPERATIONS, OperationProgressOutput } from '../outputs/operation-progress.output.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitConflictsInput extends PagedInput {}

export class ConflictVersionOutput {
  @Describe('100644, 100755, 120000 for a link, 160000 for a submodule')
  @IsString()
  mode: string;

  @IsString()
  sha: string;

  @Describe('In bytes; absent for a submodule')
  @IsOptional()
  @IsInt()
  size?: number;

  @Describe('Absent where it is no text, too large, or with verbosity concise')
  @IsOptional()
  @IsString()
  text?: string;

  @IsOptional()
  @IsBoolean()
  text_truncated?: boolean;
}

export class ConflictOutput {
  @IsString()
  path: string;

  @Describe('As git status words it: both modified, deleted by us, …')
  @IsString()
  kind: string;

  @Describe('Stage 1, of the common ancestor; absent where that has no such file')
  @IsOptional()
  @ValidateNested()
  @Type(() => ConflictVersionOutput)
  base?: ConflictVersionOutput;

  @Describe('Stage 2; in a rebase that is what is rebased onto')
  @IsOptional()
  @ValidateNested()
  @Type(() => ConflictVersionOutput)
  ours?: ConflictVersionOutput;

  @Describe('Stage 3; in a rebase that is your own commit')
  @IsOptional()
  @ValidateNested()
  @Type(() => ConflictVersionOutput)
  theirs?: ConflictVersionOutput;

  @Describe('The file of the work tree, with conflict markers')
  @IsOptional()
  @IsString()
  marked?: string;

  @IsOptional()
  @IsBoolean()
  marked_truncated?: boolean;
}

export class GitConflictsOutput {
  @Describe('What stopped; absent where nothing waits')
  @IsOptional()
  @IsIn([...STATUS_OPERATIONS])
  operation?: (typeof STATUS_OPERATIONS)[number];

  @IsOptional()
  @ValidateNested()
  @Type(() => OperationProgressOutput)
  progress?: OperationProgressOutput;

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ConflictOutput)
  conflicts: ConflictOutput[];

  @OmittedField()
  omitted?: number;

  @NextCursorField()
  next_cursor?: string;
}

/** Contents are read of so many conflicts at once; a page of more shows the others without. */
const WITH_TEXT = 50;
/** An answer holds up to four texts of a file, each of which is escaped in JSON. */
const SHARE = 8;
const MAX_READ_BYTES = 2 ** 20;

@Injectable()
export class GitConflictsTool implements RepositoryTool<GitConflictsInput, GitConflictsOutput> {
  readonly spec = {
    name: 'git_conflicts',
    title: 'List conflicts',
    description:
      'Lists the files in conflict of a merge, rebase, cherry-pick, revert, stash or pull that stopped: the three versions of each (base, ours, theirs: id, mode, text) and the file with its conflict markers, and at which step of how many it stopped. git_resolve settles them.',
    toolset: 'integrate',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitConflictsInput,
    output: GitConflictsOutput,
  } as const;

  constructor(
    private readonly reader: ConflictReader,
    private readonly operations: OperationProgressReader,
  ) {}

  async run(
    input: GitConflictsInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitConflictsOutput>> {
    const [all, found] = await Promise.all([
      this.reader.list(repository, signal),
      this.operations.read(repository, signal),
    ]);
    const request = { tool: this.spec.name, input, form, state: () => JSON.stringify(all) };
    const [from = 0] = positionOf(request) ?? [];
    const shown = await this.contents(repository, all.slice(from, from + WITH_TEXT), form, signal);
    const outputs = all.map((conflict, index) => shown[index - from] ?? withoutText(conflict));
    const page = listPage(request, outputs, (one) => ({ text: conflictText(one), structured: one }));
    const { operation, ...progress } = found ?? {};
    const waits = operation === undefined ? 'No operation waits.' : waitsText(operation, progress);
    const count = all.length === 0 ? 'Nothing is in conflict.' : `In conflict: ${all.length}`;
    return {
      text: [`${waits} ${count}`, ...page.items.map(conflictText), ...moreText(page)].join('\n'),
      structured: {
        ...(operation !== undefined && { operation, progress }),
        conflicts: [...page.items],
        ...pageOutput(page),
      },
    };
  }

  private async contents(
    repository: Repository,
    conflicts: readonly Conflict[],
    { maxBytes, verbosity }: AnswerForm,
    signal: AbortSignal,
  ): Promise<readonly ConflictOutput[]> {
    if (verbosity === 'concise') return conflicts.map(withoutText);
    const most = Math.floor(maxBytes / SHARE);
    const wanted = { maxBytes: MAX_READ_BYTES, as: (version: VersionText) => shownVersion(version, most) };
    const versions = await this.reader.versions(repository, conflicts, wanted, signal);
    const outputs: ConflictOutput[] = [];
    for (const conflict of conflicts) {
      const marked = await this.reader.marked(repository, conflict, MAX_READ_BYTES);
      const { text, truncated } = cutText(marked, most);
      outputs.push({
        ...withoutText(conflict),
        ...sidesOf(conflict, (id) => versions.get(id)),
        ...(text !== undefined && { marked: text }),
        ...(truncated && { marked_truncated: true }),
      });
    }
    return outputs;
  }
}

function withoutText(conflict: Conflict): ConflictOutput {
  return {
    path: nameText(conflict.path),
    kind: kindOf(conflict),
    ...sidesOf(conflict, () => undefined),
  };
}

type ShownVersion = Omit<ConflictVersionOutput, 'mode' | 'sha'>;

function sidesOf(
  conflict: Conflict,
  versionOf: (id: string) => ShownVersion | undefined,
): Partial<Record<Side, ConflictVersionOutput>> {
  return Object.fromEntries(
    SIDES.flatMap((side) => {
      const stage = conflict[side];
      return stage === undefined
        ? []
        : [
            [
              side,
              { mode: stage.mode, sha: stage.id, ...versionOf(stage.id) } satisfies ConflictVersionOutput,
            ],
          ];
    }),
  );
}

function shownVersion(version: VersionText, maxBytes: number): ShownVersion {
  const { text, truncated } = cutText(version, maxBytes);
  return {
    size: version.size,
    ...(text !== undefined && { text }),
    ...(truncated && { text_truncated: true }),
  };
}

function cutText(version: VersionText | undefined, maxBytes: number): { text?: string; truncated: boolean } {
  return version?.text === undefined ? { truncated: false } : cutAtLine(version.text, maxBytes);
}

function waitsText(operation: string, { step, total }: { step?: number; total?: number }): string {
  const at = step === undefined || total === undefined ? '' : ` at step ${step} of ${total}`;
  return `A ${operation} stopped${at}.`;
}

function conflictText(conflict: ConflictOutput): string {
  const sides = SIDES.map((side) => {
    const version = conflict[side];
    return `${side} ${version === undefined ? 'none' : `${version.mode} ${shortSha(version.sha)}`}`;
  });
  const cut = conflict.marked_truncated ? ['[the rest of the file is left out]'] : [];
  const marked = conflict.marked === undefined ? [] : [conflict.marked.trimEnd(), ...cut];
  return [`\n${conflict.path}: ${conflict.kind} (${sides.join(', ')})`, ...marked].join('\n');
}

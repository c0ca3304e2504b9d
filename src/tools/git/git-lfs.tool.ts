import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';

import { LfsFilesReader } from '../../git/lfs/lfs-files.reader.js';
import { LfsStatusReader } from '../../git/lfs/lfs-status.reader.js';
import { LfsTrackingWriter } from '../../git/lfs/lfs-tracking.writer.js';
import { type PlannedChange } from '../../git/planned-change.js';
import { type Repository } from '../../git/repository.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { IDEMPOTENT_WRITE } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { ChangeInput } from '../fields/change.input.js';
import {
  ChoiceField,
  FlagField,
  Optional,
  PathField,
  RevisionField,
  TextField,
} from '../fields/field.decorators.js';
import { TextsField } from '../fields/list.fields.js';
import { neededList } from '../fields/needed.js';
import { EffectOutput, effectsText, planOf } from '../outputs/effect.output.js';
import {
  ChangedLfsFileOutput,
  changedLfsOutput,
  changedLfsText,
  LfsFileOutput,
  lfsFileOutput,
  lfsFileText,
  LfsPatternOutput,
  lfsPatternOutput,
  lfsPatternText,
  missingFilesText,
} from '../outputs/lfs.output.js';
import { listing, NextCursorField, OmittedField } from '../outputs/listing.js';
import { listPage, moreText, pageOutput } from '../paging/list.page.js';
import { type CallDemands, type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const ACTIONS = ['list', 'status', 'track', 'untrack'] as const;
/** Of an answer in pages; the changed files take the rest. */
const MAX_PATTERN_BYTES = 8_000;
const WHOLE =
  'Its filter does not run here: what this server stages is committed whole and not as a pointer. It runs where git-lfs is installed and the operator trusts the folder (git.trustedRoots).';

export class GitLfsInput extends ChangeInput {
  @TextField('list, status: next_cursor of the answer to go on with; the other arguments as before', 512)
  @Optional()
  cursor?: string;

  @ChoiceField(
    'list says which files of a revision are pointers; status which patterns are tracked and how changed files stand; track and untrack write .gitattributes at the top',
    ACTIONS,
  )
  action: (typeof ACTIONS)[number];

  @RevisionField('list: a commit, tag or tree')
  @Optional()
  revision: string = 'HEAD';

  @PathField('list: only this folder or file, relative to the top of the tree')
  @Optional()
  path?: string;

  @TextsField('track, untrack: patterns as those of .gitattributes, such as *.psd')
  @Optional()
  patterns: string[] = [];

  @FlagField('track, untrack: patterns are paths of files from the top, in which * is no wildcard')
  @Optional()
  literal: boolean = false;
}

export class GitLfsOutput {
  @Describe('list: id of the commit, or of the tree where revision names one')
  @IsOptional()
  @IsString()
  sha?: string;

  @Describe('Of list')
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => LfsFileOutput)
  files?: LfsFileOutput[];

  @Describe(
    'list: files that a partial clone does not have, any of which may be a pointer. Absent where there are none',
  )
  @IsOptional()
  @IsInt()
  missing?: number;

  @Describe('Of status')
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => LfsPatternOutput)
  patterns?: LfsPatternOutput[];

  @Describe('status: changed files that the attributes hand to Git LFS')
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ChangedLfsFileOutput)
  changed?: ChangedLfsFileOutput[];

  @Describe('list, status: how many files there are on all pages')
  @IsOptional()
  @IsInt()
  total?: number;

  @Describe('status, track: whether files become pointers where this server stages them')
  @IsOptional()
  @IsBoolean()
  filter_runs?: boolean;

  @Describe('Of track and untrack')
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => EffectOutput)
  effects?: EffectOutput[];

  @OmittedField()
  omitted?: number;

  @NextCursorField()
  next_cursor?: string;
}

type Answer = ToolAnswer<GitLfsOutput>;

@Injectable()
export class GitLfsTool implements RepositoryTool<GitLfsInput, GitLfsOutput> {
  readonly spec = {
    name: 'git_lfs',
    title: 'See and choose what Git LFS stores',
    description:
      'Lists the files of a commit that Git LFS stores, with size and whether their content is here; says which patterns are tracked and which changed files would be committed whole; tracks patterns or stops to. It reads pointers and attributes itself and converts nothing; git_lfs_transfer downloads and sends content.',
    toolset: 'change',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: IDEMPOTENT_WRITE,
    input: GitLfsInput,
    output: GitLfsOutput,
  } as const;

  constructor(
    private readonly files: LfsFilesReader,
    private readonly status: LfsStatusReader,
    private readonly writer: LfsTrackingWriter,
  ) {}

  demands({ action }: GitLfsInput): CallDemands {
    return reads(action)
      ? { scopes: ['git:read'], access: 'read' }
      : { scopes: ['git:write'], access: 'write' };
  }

  keeps({ action }: GitLfsInput): Keeps {
    return reads(action) ? 'nothing' : 'worktree';
  }

  preview(input: GitLfsInput, { repository }: RepositoryContext): Promise<Plan> {
    return Promise.resolve().then(() => planOf(this.change(input, repository) ?? { effects: [] }));
  }

  async run(input: GitLfsInput, context: RepositoryContext, signal: AbortSignal): Promise<Answer> {
    const { repository } = context;
    if (input.action === 'list') return this.list(input, context, signal);
    const runs = await this.status.filterRuns(repository, signal);
    const change = this.change(input, repository);
    if (!change) return this.show(input, context, runs, signal);
    const effects = await change.apply(signal);
    const isWhole = input.action === 'track' && !runs;
    return {
      text: [effectsText(effects), ...(isWhole ? [WHOLE] : [])].join('\n'),
      structured: { effects: [...effects], ...(input.action === 'track' && { filter_runs: runs }) },
    };
  }

  private change(input: GitLfsInput, repository: Repository): PlannedChange | undefined {
    const { action, literal } = input;
    if (action === 'list' || action === 'status') return undefined;
    return this.writer.plan(repository, { action, literal, patterns: neededList(input, 'patterns') });
  }

  private async list(
    input: GitLfsInput,
    { repository, form }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Answer> {
    const place = { revision: input.revision, path: input.path ?? '' };
    const { id, files, missing } = await this.files.list(repository, place, signal);
    const page = listPage({ tool: this.spec.name, input, form, state: () => id }, files, (file) => {
      const structured = lfsFileOutput(repository, file);
      return { text: lfsFileText(structured), structured };
    });
    const head = files.length === 0 ? ['Git LFS stores no file of it.'] : [];
    const foot = [...missingFilesText(missing.length), ...moreText(page)];
    return {
      text: [...head, ...page.shown.map(({ text }) => text), ...foot].join('\n'),
      structured: {
        sha: id,
        files: page.shown.map(({ structured }) => structured),
        total: files.length,
        ...(missing.length > 0 && { missing: missing.length }),
        ...pageOutput(page),
      },
    };
  }

  private async show(
    input: GitLfsInput,
    { repository, form }: RepositoryContext,
    filterRuns: boolean,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { patterns, changed } = await this.status.read(repository, signal);
    const { shown, omitted } = listing(patterns, MAX_PATTERN_BYTES);
    const state = () => JSON.stringify(changed);
    const page = listPage(
      { tool: this.spec.name, input, form, state },
      changed,
      (file) => ({ text: changedLfsText(file), structured: changedLfsOutput(file) }),
      MAX_PATTERN_BYTES,
    );
    const text = [
      patterns.length === 0 ? 'No pattern is tracked.' : 'Tracked:',
      ...shown.map(lfsPatternText),
      ...(omitted > 0 ? [`and ${omitted} more patterns`] : []),
      changed.length === 0 ? 'No changed file is stored by Git LFS.' : 'Changed:',
      ...page.shown.map((file) => file.text),
      ...(patterns.length > 0 && !filterRuns ? [WHOLE] : []),
      ...moreText(page),
    ];
    return {
      text: text.join('\n'),
      structured: {
        patterns: shown.map(lfsPatternOutput),
        changed: page.shown.map(({ structured }) => structured),
        total: changed.length,
        filter_runs: filterRuns,
        ...pageOutput(page),
      },
    };
  }
}

function reads(action: GitLfsInput['action']): boolean {
  return action === 'list' || action === 'status';
}

import { Injectable } from '@nestjs/common';

import { StashReader } from '../../git/work-tree/stash.reader.js';
import { StashWriter } from '../../git/work-tree/stash.writer.js';
import { REWRITE } from '../annotations.js';
import { type Plan } from '../changes/plan.js';
import { needed } from '../fields/needed.js';
import { headText } from '../outputs/head.output.js';
import { pathsOutput, pathsText } from '../outputs/paths.output.js';
import { listing, omittedOutput } from '../outputs/listing.js';
import { GitStashOutput, stashLine } from '../outputs/stash.output.js';
import { type CallDemands, type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';
import { GitStashInput } from './git-stash.input.js';

type Answer = ToolAnswer<GitStashOutput>;

const READING = new Set(['list', 'show']);

@Injectable()
export class GitStashTool implements RepositoryTool<GitStashInput, GitStashOutput> {
  readonly spec = {
    name: 'git_stash',
    title: 'Put changes aside and take them back',
    description:
      'Stash entries by action: list; show (the diff of one); push (puts changes aside, the work tree is clean then); apply and pop (bring one back; pop drops it afterwards); drop (deletes one, which needs a yes to the plan of a dry_run); branch (a new branch at the commit that the entry was made on, with it applied). index 0 is the newest. Where apply or pop stops with merge_conflict the entry stays: git_conflicts and git_resolve, then git_continue (which drops what was popped), or git_abort.',
    toolset: 'change',
    scopes: ['git:read'],
    access: 'write',
    network: false,
    annotations: REWRITE,
    input: GitStashInput,
    output: GitStashOutput,
  } as const;

  constructor(
    private readonly reader: StashReader,
    private readonly writer: StashWriter,
  ) {}

  demands({ action }: GitStashInput): CallDemands {
    return READING.has(action)
      ? { scopes: ['git:read'], access: 'read' }
      : { scopes: ['git:write'], access: 'write' };
  }

  needsPlan({ action }: GitStashInput): boolean {
    return action === 'drop';
  }

  keeps({ action }: GitStashInput): 'refs' | 'worktree' | 'nothing' {
    if (READING.has(action)) return 'nothing';
    return action === 'drop' ? 'refs' : 'worktree';
  }

  async preview(input: GitStashInput, { repository }: RepositoryContext, signal: AbortSignal): Promise<Plan> {
    if (input.action === 'push') {
      const paths = await this.writer.plan(repository, pushOf(input), signal);
      return {
        text: pathsText('Would put aside', paths),
        effects: paths.map((subject) => ({ action: 'stash', subject })),
      };
    }
    const { entry, diff, untracked } = await this.reader.show(repository, input.index, 0, signal);
    const paths = [...diff.files.map(({ path }) => path), ...untracked];
    const goes = input.action === 'drop' || input.action === 'pop' || input.action === 'branch';
    return {
      text: `Would ${input.action} ${stashLine(entry)}\n${pathsText('It holds', paths)}`,
      effects: [
        ...(goes ? [{ action: 'delete', subject: 'refs/stash', from: entry.sha, to: null }] : []),
        ...(input.action === 'drop' ? [] : paths.map((subject) => ({ action: 'update', subject }))),
      ],
    };
  }

  run(input: GitStashInput, context: RepositoryContext, signal: AbortSignal): Promise<Answer> {
    if (input.action === 'list') return this.list(context, signal);
    if (input.action === 'show') return this.show(input, context, signal);
    if (input.action === 'push') return this.push(input, context, signal);
    return input.action === 'branch' ? this.branch(input, context, signal) : this.use(input, context, signal);
  }

  private async list({ repository }: RepositoryContext, signal: AbortSignal): Promise<Answer> {
    const entries = await this.reader.list(repository, signal);
    const text = entries.length === 0 ? 'Nothing is stashed.' : entries.map(stashLine).join('\n');
    return { text, structured: { entries: [...entries] } };
  }

  private async show(input: GitStashInput, { repository, form }: RepositoryContext, signal: AbortSignal) {
    const { entry, diff, untracked } = await this.reader.show(repository, input.index, 3, signal);
    const more = untracked.length === 0 ? [] : [pathsText('Untracked:', untracked)];
    const { shown, omitted } = listing(diff.files);
    const patch = form.format === 'json' ? { patch: diff.patch } : {};
    const changes = { ...patch, files: [...shown], ...omittedOutput(omitted), truncated: diff.truncated };
    return {
      text: [stashLine(entry), ...more, diff.patch].join('\n'),
      structured: { entries: [entry], diff: changes, untracked: [...untracked] },
    };
  }

  private async push(input: GitStashInput, { repository }: RepositoryContext, signal: AbortSignal) {
    const { entry, paths } = await this.writer.push(repository, pushOf(input), signal);
    const text = `Put aside as ${stashLine(entry)}\n${pathsText('It holds', paths)}`;
    return { text, structured: { entries: [entry], ...pathsOutput(paths) } };
  }

  private async branch(input: GitStashInput, { repository }: RepositoryContext, signal: AbortSignal) {
    const name = needed(input, 'branch_name');
    const { entry, ...head } = await this.writer.branch(repository, name, input.index, signal);
    return { text: `Applied ${stashLine(entry)} on ${headText(head)}`, structured: { entries: [entry] } };
  }

  private async use(input: GitStashInput, { repository }: RepositoryContext, signal: AbortSignal) {
    if (input.action === 'drop') {
      const entry = await this.writer.drop(repository, input.index, signal);
      return { text: `Dropped ${stashLine(entry)}`, structured: { entries: [entry] } };
    }
    const options = { index: input.reinstate_index, drop: input.action === 'pop' };
    const entry = await this.writer.apply(repository, input.index, options, signal);
    const done = options.drop ? 'Applied and dropped' : 'Applied';
    return { text: `${done} ${stashLine(entry)}`, structured: { entries: [entry] } };
  }
}

function pushOf({ paths, include_untracked, keep_index, staged, message }: GitStashInput) {
  const request = { paths, untracked: include_untracked, keepIndex: keep_index, staged };
  return { ...request, ...(message !== undefined && { message }) };
}

import { Injectable } from '@nestjs/common';

import { type LfsFailure } from '../../git/lfs/transfer/each-object.js';
import { LfsFetcher } from '../../git/lfs/transfer/lfs.fetcher.js';
import { LfsPruner } from '../../git/lfs/transfer/lfs.pruner.js';
import { LfsPuller } from '../../git/lfs/transfer/lfs.puller.js';
import { LfsPusher } from '../../git/lfs/transfer/lfs.pusher.js';
import { bytesOf } from '../../git/lfs/transfer/transfer.budget.js';
import { type Effect } from '../../git/planned-change.js';
import { TRANSFER } from '../annotations.js';
import { type Keeps, type Plan } from '../changes/plan.js';
import { ChangeInput } from '../fields/change.input.js';
import { ChoiceField, NameField, Optional, RevisionField } from '../fields/field.decorators.js';
import { AnyPathsField } from '../fields/list.fields.js';
import { effectsText, planOf } from '../outputs/effect.output.js';
import {
  lfsEffects,
  lfsFailureOutput,
  type LfsFailureOutput,
  lfsFailureText,
  LfsTransferOutput,
} from '../outputs/lfs-transfer.output.js';
import { missingFilesText } from '../outputs/lfs.output.js';
import { listing, omittedOutput, omittedText } from '../outputs/listing.js';
import { type CallDemands, type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

const ACTIONS = ['fetch', 'pull', 'push', 'prune'] as const;
const MAX_LIST_BYTES = 2 ** 18;
const MODIFIED =
  'The filter of Git LFS does not run here, so git_status shows these files as modified, and staging them would commit their content whole: leave them unstaged, or take them back with git_undo. It runs where git-lfs is installed and the operator trusts the folder (git.trustedRoots).';

export class GitLfsTransferInput extends ChangeInput {
  @ChoiceField(
    'fetch brings content into the store of the repository; pull, too, and puts that of HEAD in the place of unchanged pointers; push sends what a branch needs and the remote lacks; prune removes from the store what no branch, tag, stash, work tree or unpushed commit needs and the remote has',
    ACTIONS,
  )
  action: (typeof ACTIONS)[number];

  @NameField('Name of the remote')
  @Optional()
  remote: string = 'origin';

  @RevisionField('fetch: the commit, tag or tree whose content is fetched')
  @Optional()
  revision: string = 'HEAD';

  @NameField('push: the branch; the current one if left out')
  @Optional()
  branch?: string;

  @AnyPathsField('fetch, pull: only these files and folders, from the top of the tree; all if left out')
  @Optional()
  paths: string[] = [];
}

interface Done {
  readonly effects: readonly Effect[];
  readonly bytes: number;
  readonly failed: readonly LfsFailure[];
  readonly ignored: readonly string[];
  readonly missing?: number;
  readonly filterRuns?: boolean;
}

@Injectable()
export class GitLfsTransferTool implements RepositoryTool<GitLfsTransferInput, LfsTransferOutput> {
  readonly spec = {
    name: 'git_lfs_transfer',
    title: 'Bring and send content of Git LFS',
    description:
      'Downloads the content that pointers of Git LFS stand for, with pull into the work tree; sends it (before git_push, which moves pointers only); removes what can be fetched again (fetch brings it back, not git_undo). The LFS server is that of the URL of the remote; what the repository configures instead is not followed. Each object is checked and kept as it comes, so call again after a failure. git_lfs lists what is missing.',
    toolset: 'remote',
    scopes: ['git:network'],
    access: 'read',
    network: true,
    annotations: TRANSFER,
    input: GitLfsTransferInput,
    output: LfsTransferOutput,
  } as const;

  constructor(
    private readonly fetcher: LfsFetcher,
    private readonly puller: LfsPuller,
    private readonly pusher: LfsPusher,
    private readonly pruner: LfsPruner,
  ) {}

  // A fetch only adds to a store, object by object, and a push only reads it: writers need not wait for them.
  demands({ action }: GitLfsTransferInput): CallDemands {
    const scopes = action === 'fetch' ? this.spec.scopes : (['git:network', 'git:write'] as const);
    return { scopes, access: action === 'pull' || action === 'prune' ? 'write' : 'read' };
  }

  keeps({ action }: GitLfsTransferInput): Keeps {
    return action === 'pull' ? 'worktree' : 'elsewhere';
  }

  async preview(
    input: GitLfsTransferInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Plan> {
    switch (input.action) {
      case 'fetch': {
        const { lacking, missing } = await this.fetcher.plan(repository, input, signal);
        return fetchPlan(lfsEffects('fetch', lacking), missing);
      }
      case 'pull': {
        const { lacking, pointers, missing } = await this.puller.plan(repository, input, signal);
        return fetchPlan([...lfsEffects('fetch', lacking), ...lfsEffects('write', pointers)], missing);
      }
      case 'push':
        return planOf({ effects: lfsEffects('send', await this.pusher.plan(repository, input, signal)) });
      case 'prune':
        return planOf(await this.pruner.plan(repository, input.remote, signal));
    }
  }

  async run(
    input: GitLfsTransferInput,
    context: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<LfsTransferOutput>> {
    const done = await this.done(input, context, signal);
    const [first] = done.failed;
    if (first !== undefined && done.effects.length === 0) throw first.error;
    const effects = listing(done.effects, MAX_LIST_BYTES);
    const failed = listing(done.failed.map(lfsFailureOutput), MAX_LIST_BYTES);
    const omitted = effects.omitted + failed.omitted;
    const { missing = 0 } = done;
    return {
      text: [...problems(done, failed.shown), effectsText(effects.shown), ...omittedText(omitted)].join('\n'),
      structured: {
        effects: [...effects.shown],
        bytes: done.bytes,
        failed: [...failed.shown],
        ...(missing > 0 && { missing }),
        ...(done.ignored.length > 0 && { ignored_settings: [...done.ignored] }),
        ...(done.filterRuns !== undefined && { filter_runs: done.filterRuns }),
        ...omittedOutput(omitted),
      },
    };
  }

  private async done(
    input: GitLfsTransferInput,
    { repository, progress }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<Done> {
    switch (input.action) {
      case 'fetch': {
        const { fetched, ...rest } = await this.fetcher.fetch(repository, input, progress, signal);
        return { ...rest, effects: lfsEffects('fetch', fetched), bytes: bytesOf(fetched) };
      }
      case 'pull': {
        const { fetched, placed, ...rest } = await this.puller.pull(repository, input, progress, signal);
        const effects = [...lfsEffects('fetch', fetched), ...lfsEffects('write', placed)];
        return { ...rest, effects, bytes: bytesOf(fetched) };
      }
      case 'push': {
        const { sent, ...rest } = await this.pusher.push(repository, input, progress, signal);
        return { ...rest, effects: lfsEffects('send', sent), bytes: bytesOf(sent) };
      }
      case 'prune': {
        const { apply, bytes, ignored } = await this.pruner.plan(repository, input.remote, signal);
        return { effects: await apply(signal), bytes, ignored, failed: [] };
      }
    }
  }
}

function fetchPlan(effects: readonly Effect[], missing: number): Plan {
  const { text } = planOf({ effects });
  return { text: [text, ...missingFilesText(missing)].join('\n'), effects };
}

/** What has to be known before what was done. */
function problems(done: Done, failed: readonly LfsFailureOutput[]): readonly string[] {
  const { ignored, filterRuns, effects, missing = 0 } = done;
  const isModified = filterRuns === false && effects.some(({ action }) => action === 'write');
  return [
    ...(failed.length > 0 ? [`${done.failed.length} could not be done:`] : []),
    ...failed.map(lfsFailureText),
    ...missingFilesText(missing),
    ...(ignored.length > 0
      ? [
          `The repository names another LFS server or store (${ignored.join(', ')}); the remote's own server and lfs in git's folder were used.`,
        ]
      : []),
    ...(isModified ? [MODIFIED] : []),
  ];
}

import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { type Effect, planned, type PlannedChange } from '../planned-change.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { NewSecrets } from '../secrets/new-secrets.service.js';
import { requireBranchName } from '../writes/ref-name.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { WriteCommands } from '../writes/write-commands.service.js';

export interface NewTag {
  readonly name: string;
  /** Any object; HEAD if absent. */
  readonly target?: string;
  /** Makes an annotated tag. */
  readonly message?: string;
  /** Moves the tag where it exists. */
  readonly force?: boolean;
  /** Why what the scan for secrets finds in the message may pass. */
  readonly allowSecrets?: string;
}

/** Makes and deletes tags. */
@Injectable()
export class TagWriter {
  constructor(
    private readonly commands: WriteCommands,
    private readonly state: RepositoryState,
    private readonly secrets: NewSecrets,
  ) {}

  /**
   * @returns `to` is the object that is tagged; after `apply` the tag object of an annotated tag
   * @throws ServerError `revision_not_found`; `operation_failed` with `details.reason`: `invalid-name`,
   *   `empty-message`, `tag-exists`, `secrets-found` (in the message)
   */
  async create(repository: Repository, tag: NewTag, signal: AbortSignal): Promise<PlannedChange> {
    const effect = await this.check(repository, tag, signal);
    const { name, message } = tag;
    const annotation = message === undefined ? [] : ['--annotate', '--cleanup=whitespace', '--file=-'];
    const command = {
      name: 'tag',
      options: [...annotation, ...(effect.from === null ? [] : ['--force'])],
      revisions: [name, effect.to ?? ''],
      ...(message !== undefined && { stdin: message }),
    };
    return {
      effects: [effect],
      apply: async (aborted) => {
        await this.commands.must(repository, command, aborted);
        return [{ ...effect, to: await this.state.object(repository, effect.subject, UNINTERRUPTED) }];
      },
    };
  }

  /** @throws ServerError `revision_not_found` where there is no such tag */
  async delete(repository: Repository, name: string, signal: AbortSignal): Promise<PlannedChange> {
    requireBranchName(name, 'tag');
    const ref = `refs/tags/${name}`;
    const from = await this.state.object(repository, ref, signal);
    if (from === null) {
      throw new ServerError('revision_not_found', 'There is no tag of that name; list them with git_tag', {
        details: { revision: name },
      });
    }
    const command = { name: 'tag', options: ['--delete'], revisions: [name] };
    return planned([{ action: 'delete', subject: ref, from, to: null }], (aborted) =>
      this.commands.must(repository, command, aborted),
    );
  }

  private async check(
    repository: Repository,
    { name, target = 'HEAD', message, force = false, allowSecrets }: NewTag,
    signal: AbortSignal,
  ): Promise<Effect> {
    requireBranchName(name, 'tag');
    if (message !== undefined && message.trim() === '') {
      throw refused('empty-message', 'The message of the tag is empty; say what it marks, or leave it out');
    }
    if (message !== undefined)
      await this.secrets.requireNoneIn(repository, { message }, allowSecrets, signal);
    const to = await this.state.anyObject(repository, target, signal);
    const ref = `refs/tags/${name}`;
    const from = await this.state.object(repository, ref, signal);
    if (from !== null && !force) {
      throw refused('tag-exists', 'A tag of that name exists already; choose another, or move it with force');
    }
    return { action: from === null ? 'create' : 'move', subject: ref, from, to };
  }
}

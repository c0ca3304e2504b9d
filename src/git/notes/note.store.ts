import { Inject, Injectable } from '@nestjs/common';

import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { type Effect, type PlannedChange } from '../planned-change.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { NewSecrets } from '../secrets/new-secrets.service.js';
import { requireBranchName } from '../writes/ref-name.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { UNINTERRUPTED } from '../writes/uninterrupted.js';
import { WriteCommands } from '../writes/write-commands.service.js';

export interface Note {
  /** Id of what the note is on. */
  readonly object: string;
  /** Id of the blob that is the note. */
  readonly note: string;
}

export interface NoteEdit {
  readonly action: 'add' | 'append' | 'remove';
  /** Of the ref, below `refs/notes/`. */
  readonly category: string;
  /** What the note is on: a commit or any other object. */
  readonly revision: string;
  /** Of add and append. */
  readonly message?: string;
  /** Of add: replaces the note there is. */
  readonly force?: boolean;
  /** Why what the scan for secrets finds in the message may pass. */
  readonly allowSecrets?: string;
}

const MAX_LIST_BYTES = 64 * 2 ** 20;
const MAX_NOTE_BYTES = 256 * 1024;

/** Notes on objects, in refs below `refs/notes/` only. */
@Injectable()
export class NoteStore {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly state: RepositoryState,
    private readonly commands: WriteCommands,
    private readonly secrets: NewSecrets,
  ) {}

  /** @returns nothing where there is no such ref */
  async list(repository: Repository, category: string, signal: AbortSignal): Promise<readonly Note[]> {
    const options = [refOption(category), 'list'];
    const limits = { maxOutputBytes: MAX_LIST_BYTES };
    const result = await this.git.run(repository, { name: 'notes listing', options }, signal, limits);
    if (result.exitCode !== 0) throw gitFailure('notes', result);
    if (result.truncated) throw refused('too-many-entries', 'There are more notes than can be listed');
    return result.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [note = '', object = ''] = line.split(' ');
        return { object, note };
      });
  }

  /**
   * @returns the object, and the text of its note; `null` where it has none
   * @throws ServerError `revision_not_found`
   */
  async show(
    repository: Repository,
    { category, revision }: Pick<NoteEdit, 'category' | 'revision'>,
    signal: AbortSignal,
  ): Promise<{ readonly object: string; readonly text: string | null; readonly truncated: boolean }> {
    const object = await this.state.anyObject(repository, revision, signal);
    const note = await this.noteOf(repository, category, object, signal);
    if (note === null) return { object, text: null, truncated: false };
    const command = { name: 'cat-file', options: ['-p'], revisions: [note] };
    const limits = { maxOutputBytes: MAX_NOTE_BYTES };
    const result = await this.git.run(repository, command, signal, limits);
    if (result.exitCode !== 0) throw gitFailure('cat-file', result);
    return { object, text: result.stdout, truncated: result.truncated };
  }

  /**
   * @throws ServerError `revision_not_found`; `operation_failed` with `details.reason`: `invalid-name`, `note-exists`,
   *   `no-note`, `empty-message`, `secrets-found`
   */
  async plan(repository: Repository, edit: NoteEdit, signal: AbortSignal): Promise<PlannedChange> {
    const { action, category, message = '', force = false, allowSecrets } = edit;
    const option = refOption(category);
    const object = await this.state.anyObject(repository, edit.revision, signal);
    const from = await this.noteOf(repository, category, object, signal);
    requirePossible(edit, from);
    if (action !== 'remove') await this.secrets.requireNoneIn(repository, { message }, allowSecrets, signal);
    const text = action === 'remove' ? {} : { stdin: message };
    const options = [
      option,
      action,
      ...(action === 'remove' ? [] : ['--file=-']),
      ...(action === 'add' && force ? ['--force'] : []),
    ];
    const effect: Effect = { action: VERBS[action], subject: `note on ${object}`, from, to: null };
    return {
      effects: [effect],
      apply: async (aborted) => {
        await this.commands.must(
          repository,
          { name: 'notes', options, revisions: [object], ...text },
          aborted,
        );
        return [{ ...effect, to: await this.noteOf(repository, category, object, UNINTERRUPTED) }];
      },
    };
  }

  private async noteOf(
    repository: Repository,
    category: string,
    object: string,
    signal: AbortSignal,
  ): Promise<string | null> {
    const command = { name: 'notes listing', options: [refOption(category), 'list'], revisions: [object] };
    const result = await this.git.run(repository, command, signal);
    if (result.exitCode === 0) return result.stdout.trim();
    if (result.exitCode === 1) return null;
    throw gitFailure('notes', result);
  }
}

const VERBS = { add: 'write', append: 'append to', remove: 'delete' } as const;

function refOption(category: string): string {
  requireBranchName(category, 'category of notes');
  return `--ref=refs/notes/${category}`;
}

function requirePossible({ action, message = '', force = false }: NoteEdit, from: string | null): void {
  if (action === 'remove') {
    if (from === null) throw refused('no-note', 'The object has no note; list them with git_notes');
    return;
  }
  if (message.trim() === '') throw refused('empty-message', 'The note is empty; say what it is to say');
  if (action === 'add' && from !== null && !force)
    throw refused('note-exists', 'The object has a note already; append to it, or replace it with force');
}

import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { RefusedSettings } from '../inspect/refused-settings.js';
import { TreeishResolver } from '../inspect/treeish.resolver.js';
import { type PlannedChange } from '../planned-change.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { workTreePath } from '../writes/work-tree-paths.js';
import { OutputFiles } from './output-files.service.js';

export const ARCHIVE_FORMATS = ['tar', 'zip'] as const;

export interface ArchiveRequest {
  /** A commit, tag or tree. */
  readonly revision: string;
  readonly format: (typeof ARCHIVE_FORMATS)[number];
  readonly output: string;
  readonly overwrite: boolean;
  /** None means all. */
  readonly paths: readonly string[];
  /** A folder in the archive that all files get into. */
  readonly prefix?: string;
}

/** Packs the files of a commit into one. */
@Injectable()
export class Archiver {
  constructor(
    private readonly commands: WriteCommands,
    private readonly trees: TreeishResolver,
    private readonly files: OutputFiles,
    private readonly settings: RefusedSettings,
  ) {}

  /**
   * @returns after `apply` the effect's `to` is the size in bytes
   * @throws ServerError `untrusted_config`, `revision_not_found`, `path_not_allowed`; `operation_failed` with `details.reason`: `exists`,
   *   `not-a-file`, `no-such-path`
   */
  async plan(repository: Repository, request: ArchiveRequest, signal: AbortSignal): Promise<PlannedChange> {
    const { format, overwrite, prefix } = request;
    // Git takes the program of that name before its own zip. Its own tar comes before any.
    if (format === 'zip' && repository.trust !== 'trusted')
      await this.settings.requireNone(repository, /^tar\.zip\./, signal);
    const tree = await this.trees.treeish(repository, request.revision, signal);
    const paths = request.paths.map((path) => workTreePath(repository.path, path));
    const place = await this.files.place(repository, request.output, signal);
    if (place.exists && !overwrite) {
      throw refused('exists', 'A file of that name exists; choose another one, or replace it with overwrite');
    }
    const within = prefix === undefined ? [] : [`--prefix=${folderOf(prefix)}`];
    const action = place.exists ? 'replace' : 'create';
    const effect = { action, subject: place.path, from: null, to: null };
    return {
      effects: [effect],
      apply: async (aborted) => {
        const size = await this.files.write(place, { overwrite }, async (temporary) => {
          const options = [`--format=${format}`, `--output=${temporary}`, ...within];
          const command = { name: 'archive', options, revisions: [tree], paths };
          const result = await this.commands.run(repository, command, aborted);
          if (result.exitCode === 0) return;
          if (/did not match any files/.test(result.stderr))
            throw refused('no-such-path', 'The revision has nothing of one of the paths; see git_ls_tree');
          throw this.commands.failure(repository, 'archive', result);
        });
        return [{ ...effect, to: String(size) }];
      },
    };
  }
}

/** One that leads nowhere but into the archive: it is unpacked elsewhere, by whatever program. */
function folderOf(prefix: string): string {
  const segments = prefix.replace(/\/+$/, '').split('/');
  const isPlain = segments.every((one) => one !== '' && one !== '.' && one !== '..' && !/[\\:]/.test(one));
  if (isPlain) return `${segments.join('/')}/`;
  throw new ServerError('path_not_allowed', 'The prefix is a relative folder, without . and ..');
}

import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { RefLister } from '../inspect/ref.lister.js';
import { RevisionInspector } from '../inspect/revision.inspector.js';
import { type PlannedChange } from '../planned-change.js';
import { RevisionResolver } from '../reads/revision.resolver.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { type BundleHeader, bundleHeader } from './bundle-header.js';
import { OutputFiles } from './output-files.service.js';

export interface BundleRequest {
  readonly file: string;
  readonly overwrite: boolean;
  /** Branches, tags and other refs; none means HEAD, all branches and tags. */
  readonly refs: readonly string[];
  /** Commits that whoever takes the bundle has already. */
  readonly without: readonly string[];
}

export interface BundleVerdict extends BundleHeader {
  /** The repository has what the bundle needs, and the bundle is whole. */
  readonly usable: boolean;
}

/** Puts refs with their history into one file, and looks into such files. */
@Injectable()
export class Bundler {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly commands: WriteCommands,
    private readonly files: OutputFiles,
    private readonly refs: RefLister,
    private readonly inspector: RevisionInspector,
    private readonly revisions: RevisionResolver,
  ) {}

  /**
   * @returns after `apply` the effect's `to` is the size in bytes
   * @throws ServerError `revision_not_found`, `path_not_allowed`; `operation_failed` with `details.reason`: `exists`,
   *   `not-a-file`, `empty-bundle`
   */
  async plan(repository: Repository, request: BundleRequest, signal: AbortSignal): Promise<PlannedChange> {
    const { overwrite } = request;
    const names = await this.wanted(repository, request.refs, signal);
    const without = await this.revisions.resolveAll(repository, request.without, signal);
    const place = await this.files.place(repository, request.file, signal);
    if (place.exists && !overwrite)
      throw refused('exists', 'A file of that name exists; choose another one, or replace it with overwrite');
    const action = place.exists ? 'replace' : 'create';
    const effect = { action, subject: place.path, from: null, to: null };
    const stdin = [...names, ...without.map((id) => `^${id}`)].map((revision) => `${revision}\n`).join('');
    return {
      effects: [effect],
      apply: async (aborted) => {
        const size = await this.files.write(place, { overwrite }, async (temporary) => {
          const options = ['--quiet'];
          const command = { name: 'bundle create', options, revisions: [temporary], stdin };
          const result = await this.commands.run(repository, command, aborted);
          if (result.exitCode === 0) return;
          if (/Refusing to create empty bundle/.test(result.stderr)) throw empty();
          throw this.commands.failure(repository, 'bundle', result);
        });
        return [{ ...effect, to: String(size) }];
      },
    };
  }

  /** @throws ServerError `path_not_allowed`; `operation_failed` with `details.reason: 'not-a-bundle'` */
  heads(repository: Repository, file: string): BundleHeader {
    return bundleHeader(this.files.existing(repository, file));
  }

  /** As `heads`. */
  async verify(repository: Repository, file: string, signal: AbortSignal): Promise<BundleVerdict> {
    const path = this.files.existing(repository, file);
    const header = bundleHeader(path);
    const command = { name: 'bundle verify', options: ['--quiet'], revisions: [path] };
    const { exitCode } = await this.git.run(repository, command, signal);
    return { ...header, usable: exitCode === 0 };
  }

  /** Full names: a bundle holds refs, and no mere ids. */
  private async wanted(repository: Repository, given: readonly string[], signal: AbortSignal) {
    if (given.length === 0) {
      const all = await this.refs.list(repository, ['refs/heads', 'refs/tags'], signal);
      if (all.length === 0) throw empty();
      // Without HEAD a clone of the bundle would have nothing checked out.
      const [head] = await this.inspector.inspect(repository, ['HEAD'], signal);
      return [...(head?.sha ? ['HEAD'] : []), ...all.map(({ name }) => name)];
    }
    const named = await this.inspector.inspect(repository, given, signal);
    return named.map(({ revision, ref, sha }) => {
      if (revision === 'HEAD' && sha !== null) return revision;
      if (ref !== null) return ref;
      throw new ServerError('revision_not_found', 'There is no ref of that name; git_show_ref lists them', {
        details: { revision },
      });
    });
  }
}

function empty(): ServerError {
  return refused(
    'empty-bundle',
    'The bundle would be empty; name refs that have commits beside those left out',
  );
}

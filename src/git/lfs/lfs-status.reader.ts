import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { configEntries } from '../cli/config-entries.js';
import { IndexListing, type ListedFile } from '../inspect/index-listing.reader.js';
import { below, isBehindLink } from '../operations/file-moves.js';
import { readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { type ByteName, nameText } from '../work-tree/path-lists.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { type LfsLine, lfsLines } from './attribute-lines.js';
import { type FileState, unknownFileState } from './file-states.js';
import { LfsAttributes } from './lfs-attributes.reader.js';
import { LfsFilesReader } from './lfs-files.reader.js';

export interface TrackedPattern extends LfsLine {
  /** Relative to the top of the work tree, or `info/attributes` of git's folder. */
  readonly file: string;
}

export interface ChangedLfsFile {
  readonly path: ByteName;
  readonly change: readonly ('staged' | 'modified' | 'untracked')[];
  /** What the index has: `content` is what would be committed whole. */
  readonly staged: 'pointer' | 'content' | null;
  readonly workTree: FileState;
}

export interface LfsStatus {
  readonly patterns: readonly TrackedPattern[];
  readonly changed: readonly ChangedLfsFile[];
}

type Changes = Pick<ChangedLfsFile, 'path' | 'change'>;

const ATTRIBUTE_FILE = /(?:^|\/)\.gitattributes$/;

/** What the attributes hand to Git LFS, and how the changed ones of these files stand. */
@Injectable()
export class LfsStatusReader {
  constructor(
    private readonly listing: IndexListing,
    private readonly state: RepositoryState,
    private readonly files: LfsFilesReader,
    private readonly attributes: LfsAttributes,
  ) {}

  /** @throws ServerError `operation_failed` with `details.reason: 'bare'` */
  async read(repository: Repository, signal: AbortSignal): Promise<LfsStatus> {
    this.state.requireWorkTree(repository);
    const [tracked, modified, untracked, staged] = await Promise.all([
      this.listing.list(repository, 'tracked', [], signal),
      this.names(repository, 'modified', signal),
      this.names(repository, 'untracked', signal),
      this.staged(repository, signal),
    ]);
    const changes = [...new Set([...staged, ...modified, ...untracked])].toSorted().map((path) => ({
      path,
      change: [
        ...(staged.has(path) ? (['staged'] as const) : []),
        ...(modified.has(path) ? (['modified'] as const) : []),
        ...(untracked.has(path) ? (['untracked'] as const) : []),
      ],
    }));
    const attributeFiles = [...tracked.map(({ path }) => path), ...untracked].filter((path) =>
      ATTRIBUTE_FILE.test(path),
    );
    return {
      patterns: patternsOf(repository, attributeFiles),
      changed: await this.changed(repository, changes, tracked, signal),
    };
  }

  /** Whether files become pointers where this server stages them: filters of untrusted repositories do not run. */
  async filterRuns(repository: Repository, signal: AbortSignal): Promise<boolean> {
    if (repository.trust !== 'trusted') return false;
    const command = { name: 'config', options: ['--list', '-z'] };
    const records = await this.state.list(repository, command, signal);
    return configEntries(records.join('\0')).some(
      ({ key, value }) => /^filter\.lfs\.(clean|process)$/.test(key) && value !== '',
    );
  }

  private async changed(
    repository: Repository,
    changes: readonly Changes[],
    tracked: readonly ListedFile[],
    signal: AbortSignal,
  ): Promise<readonly ChangedLfsFile[]> {
    const ours = await this.attributes.filtered(repository, changes, signal);
    const wanted = new Set(ours.map(({ path }) => path));
    const blobs = new Map(
      tracked.flatMap(({ path, sha, stage }) =>
        wanted.has(path) && stage === 0 && sha ? [[path, sha]] : [],
      ),
    );
    const { pointers } = await this.files.pointers(repository, [...blobs.values()], signal);
    return ours.map((file) => {
      const blob = blobs.get(file.path);
      const staged = blob === undefined ? null : pointers.has(blob) ? 'pointer' : 'content';
      return { ...file, staged, workTree: unknownFileState(repository, file.path) };
    });
  }

  private async names(repository: Repository, kind: 'modified' | 'untracked', signal: AbortSignal) {
    const files = await this.listing.list(repository, kind, [], signal);
    return new Set(files.map(({ path }) => path).filter((path) => !path.endsWith('/')));
  }

  private async staged(repository: Repository, signal: AbortSignal): Promise<ReadonlySet<ByteName>> {
    const options = ['--cached', '--name-only', '-z', '--no-renames'];
    return new Set(await this.state.list(repository, { name: 'diff', options }, signal, { rawOutput: true }));
  }
}

function patternsOf(repository: Repository, files: readonly ByteName[]): readonly TrackedPattern[] {
  const inTree = [...new Set(files)].toSorted().flatMap((file) => {
    const text = isBehindLink(repository.path, file)
      ? undefined
      : readSmallFile(below(repository.path, file));
    return lfsLines(text ?? '').map((line) => ({ ...line, file: nameText(file) }));
  });
  const own = readSmallFile(join(repository.commonDir, 'info', 'attributes'));
  return [...inTree, ...lfsLines(own ?? '').map((line) => ({ ...line, file: 'info/attributes' }))];
}

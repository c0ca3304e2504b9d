import { lstatSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { entryKind, readSmallFile } from '../paths/small-text-file.js';
import { planned, type PlannedChange } from '../planned-change.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { OutputFiles } from '../storage/output-files.service.js';
import { RepositoryState } from '../writes/repository-state.service.js';
import { lfsLine, lfsLines, withLine, withoutLine, writtenPattern } from './attribute-lines.js';

export interface TrackingRequest {
  readonly action: 'track' | 'untrack';
  readonly patterns: readonly string[];
  /** They are paths of files, from the top of the work tree. */
  readonly literal: boolean;
}

const FILE = '.gitattributes';
const NEW_FILE_MODE = 0o644;

/** Hands files to Git LFS, or no longer, by the lines of `.gitattributes` at the top. The caller holds the writer lock. */
@Injectable()
export class LfsTrackingWriter {
  constructor(
    private readonly state: RepositoryState,
    private readonly files: OutputFiles,
  ) {}

  /**
   * @throws ServerError `operation_failed` with `details.reason`: `bare`, `invalid-pattern`, `no-such-pattern`, `not-a-file`,
   *   `not-text` (no UTF-8, or more than 1 MiB), `changed-meanwhile`
   */
  plan(repository: Repository, { action, patterns, literal }: TrackingRequest): PlannedChange {
    this.state.requireWorkTree(repository);
    const before = attributesText(repository);
    const from = before ?? '';
    const written = [
      ...new Set(
        patterns.map((one) =>
          action === 'track' ? writtenPattern(one, literal) : found(from, one, literal),
        ),
      ),
    ];
    const to = written.reduce(
      (text, one) => (action === 'track' ? withLine(text, one) : withoutLine(text, one)),
      from,
    );
    const has = new Set(lfsLines(from).map(({ pattern }) => pattern));
    const effects = written
      .filter((one) => has.has(one) === (action === 'untrack'))
      .map((one) => {
        const line = lfsLine(one);
        return action === 'track'
          ? { action, subject: FILE, from: null, to: line }
          : { action, subject: FILE, from: line, to: null };
      });
    return planned(effects, async (signal) => {
      if (to !== from) await this.write(repository, before, to, signal);
    });
  }

  private async write(
    repository: Repository,
    before: string | undefined,
    text: string,
    signal: AbortSignal,
  ): Promise<void> {
    const place = await this.files.place(repository, FILE, signal);
    const mode = place.exists ? lstatSync(place.path).mode & 0o777 : NEW_FILE_MODE;
    await this.files.write(place, { overwrite: before !== undefined }, async (temporary) => {
      await writeFile(temporary, text, { flag: 'wx', mode });
      if (attributesText(repository) === before) return;
      const message = 'Another program wrote .gitattributes meanwhile; look at it, then call again';
      throw refused('changed-meanwhile', message);
    });
  }
}

function attributesText({ path: workTree }: Repository): string | undefined {
  const path = join(workTree, FILE);
  const kind = entryKind(path);
  if (kind === 'absent') return undefined;
  if (kind !== 'file')
    throw refused(
      'not-a-file',
      '.gitattributes is a link or a folder, which git does not read; replace it with a file',
    );
  const text = readSmallFile(path);
  if (text !== undefined && !text.includes('\uFFFD')) return text;
  const message = '.gitattributes is no UTF-8, or larger than 1 MiB; edit it by hand';
  throw refused('not-text', message);
}

/** As it stands in the file, or as `track` writes it. */
function found(text: string, pattern: string, literal: boolean): string {
  const all = new Set(lfsLines(text).map((line) => line.pattern));
  if (!literal && all.has(pattern)) return pattern;
  const written = writtenPattern(pattern, literal);
  if (all.has(written)) return written;
  const message =
    'No line of .gitattributes at the top hands this pattern to Git LFS; the action status lists them';
  throw refused('no-such-pattern', message, [pattern]);
}

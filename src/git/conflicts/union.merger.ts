import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { TemporaryFolders } from '../temporary-folders.js';
import { nameText } from '../work-tree/path-lists.js';
import { type Conflict } from './conflict.js';
import { ConflictReader, type VersionText } from './conflict.reader.js';

const MAX_BYTES = 16 * 2 ** 20;

/** Merges the versions of a file so that where they differ the lines of both are kept, ours first. */
@Injectable()
export class UnionMerger {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly reader: ConflictReader,
    private readonly folders: TemporaryFolders,
  ) {}

  /** @throws ServerError `operation_failed` with `details.reason`: `no-such-side`, `not-a-text` */
  async merge(repository: Repository, conflict: Conflict, signal: AbortSignal): Promise<Buffer> {
    const { base, ours, theirs, path } = conflict;
    const name = nameText(path);
    if (ours === undefined || theirs === undefined)
      throw refused('no-such-side', 'Only one side has the file, so both cannot be kept', [name]);
    const wanted = { maxBytes: MAX_BYTES, as: ({ text }: VersionText) => text };
    const versions = await this.reader.versions(repository, [conflict], wanted, signal);
    const texts = [ours, base, theirs].map((stage) => (stage ? versions.get(stage.id) : ''));
    if (texts.some((text) => text === undefined))
      throw refused('not-a-text', 'A side is no text, or too large; choose one of them', [name]);
    return this.mergeFiles(repository, texts as string[], signal);
  }

  // git merge-file takes files alone.
  private async mergeFiles(repository: Repository, texts: readonly string[], signal: AbortSignal) {
    return this.folders.use('merge', async (folder) => {
      const paths = ['ours', 'base', 'theirs'].map((name) => join(folder, name));
      await Promise.all(paths.map((path, index) => writeFile(path, texts[index] ?? '')));
      const command = { name: 'merge-file', options: ['--union'], revisions: paths };
      const limits = { maxOutputBytes: 4 * MAX_BYTES, rawOutput: true };
      const result = await this.git.run(repository, command, signal, limits);
      if (result.exitCode !== 0) throw gitFailure(command.name, result);
      return Buffer.from(result.stdout, 'latin1');
    });
  }
}

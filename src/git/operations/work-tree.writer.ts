import { chmodSync, copyFileSync, existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { gitFailure } from '../cli/git-failure.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { type Repository } from '../repository.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { below, makeFolders, moveFile, refuseOutside, removeEmptyFolders, statOf } from './file-moves.js';
import { copiedIndexCommands, REFRESH } from './index-writer.js';
import { OperationStore } from './operation.store.js';
import { makeRestoration, removeRestoration, restorationFolder, type Side } from './restoration.folder.js';
import { type Change } from './snapshot.js';
import { fileValue, FOLDER } from './work-tree.reader.js';

const RAW = /^([0-7]+) ([0-9a-f]+)$/;
const KIND = 0o170000;
const LINK = 0o120000;
const NO_CHANGES: readonly Change[] = [];

/** Makes files what they were: all of them are made ready beside the work tree, before the first one is touched. */
@Injectable()
export class WorkTreeWriter {
  constructor(
    private readonly store: OperationStore,
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly commands: WriteCommands,
  ) {}

  /** @param changes with the index already at what `to` speaks of */
  async write(repository: Repository, changes: readonly Change[], signal: AbortSignal): Promise<void> {
    try {
      this.place(repository, await this.stage(repository, NO_CHANGES, changes, signal), 'new');
    } finally {
      removeRestoration(repository);
    }
    await this.refresh(repository, signal);
  }

  /** Else git would take files for changed ones until it reads them again. That some are is no failure. */
  async refresh(repository: Repository, signal: AbortSignal): Promise<void> {
    await this.commands.run(repository, REFRESH, signal);
  }

  /**
   * Makes the files ready in the folder of the restoration.
   *
   * @param index what is to become of the index, which `to` of the files speaks of
   * @returns the changes with `from` and `to` as `fileValue` gives them
   */
  async stage(
    repository: Repository,
    index: readonly Change[],
    changes: readonly Change[],
    signal: AbortSignal,
  ): Promise<readonly Change[]> {
    for (const { name } of changes) refuseOutside(name);
    makeRestoration(repository);
    await this.stageContents(repository, changes, signal);
    // Without the entries that a sparse checkout leaves out.
    const clean = changes.filter(({ to }) => /^clean (?!.* 0[a-z]*s)/.test(to ?? '')).map(({ name }) => name);
    if (clean.length > 0) await this.stageClean(repository, index, clean, signal);
    const values: Change[] = [];
    for (const { name } of changes) {
      const from = await fileValue(repository.path, name, repository.objectFormat);
      const to = await fileValue(restorationFolder(repository, 'new'), name, repository.objectFormat);
      values.push({ name, from, to });
    }
    return values;
  }

  /** @param side where the files are that go into the work tree; those that they replace are put on the other one */
  place(repository: Repository, all: readonly Change[], side: Side): void {
    const { path: workTree } = repository;
    const changes = all.filter(({ from, to }) => from !== to);
    for (const { name } of changes) refuseOutside(name);
    const other = restorationFolder(repository, side === 'new' ? 'old' : 'new');
    for (const { name, from } of changes) {
      if (from === null || from === FOLDER) continue;
      rmSync(below(other, name), { force: true });
      moveFile(workTree, other, name);
      removeEmptyFolders(workTree, name);
    }
    for (const { name, to } of changes) {
      if (to === FOLDER) makeFolders(workTree, `${name}/`);
      else if (to !== null) moveFile(restorationFolder(repository, side), workTree, name);
    }
  }

  /** Whether a file is ready to go into the work tree. */
  isStaged(repository: Repository, path: string, side: Side): boolean {
    return statOf(below(restorationFolder(repository, side), path)) !== undefined;
  }

  private async stageContents(repository: Repository, changes: readonly Change[], signal: AbortSignal) {
    const raw = changes.flatMap(({ name, to }) => {
      const [, mode = '', id = ''] = RAW.exec(to ?? '') ?? [];
      return id === '' ? [] : [{ name, mode: Number.parseInt(mode, 8), id }];
    });
    const contents = await this.store.contents(repository, [...new Set(raw.map(({ id }) => id))], signal);
    const staged = restorationFolder(repository, 'new');
    for (const { name, mode, id } of raw) {
      makeFolders(staged, name);
      const content = contents.get(id) ?? Buffer.alloc(0);
      const target = below(staged, name);
      if ((mode & KIND) === LINK) symlinkSync(content, target);
      else {
        writeFileSync(target, content, { flag: 'wx' });
        chmodSync(target, mode & 0o777);
      }
    }
  }

  /** As git would check them out, with a copy of the index that is what the index is to become. */
  private async stageClean(
    repository: Repository,
    index: readonly Change[],
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const indexCopy = restorationFolder(repository, 'index');
    const now = join(repository.gitDir, 'index');
    if (existsSync(now)) copyFileSync(now, indexCopy);
    const stdin = Buffer.from(paths.join('\0'), 'latin1');
    const options = ['--force', '-z', '--stdin', `--prefix=${restorationFolder(repository, 'new')}/`];
    const checkout = { name: 'checkout-index ours', options, stdin };
    for (const command of [...copiedIndexCommands(repository, index), checkout]) {
      const result = await this.git.run(repository, command, signal, { indexCopy });
      if (result.exitCode !== 0) throw gitFailure(command.name, result);
    }
  }
}

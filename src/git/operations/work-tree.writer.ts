import {
  lstatSync,
  mkdirSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  chmodSync,
  type Stats,
} from 'node:fs';

import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { isGitFolderName } from '../paths/git-folder-name.js';
import { type Repository } from '../repository.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { OperationStore } from './operation.store.js';
import { type Change } from './snapshot.js';
import { absolute } from './work-tree.reader.js';

const RAW = /^([0-7]+) ([0-9a-f]+)$/;
const KIND = 0o170000;
const LINK = 0o120000;

/** Makes files what they were. */
@Injectable()
export class WorkTreeWriter {
  constructor(
    private readonly store: OperationStore,
    private readonly commands: WriteCommands,
  ) {}

  /** @param changes with the index already at what `to` speaks of */
  async write(repository: Repository, changes: readonly Change[], signal: AbortSignal): Promise<void> {
    for (const { name } of changes) refuseOutside(name);
    const raw = changes.flatMap(({ name, to }) => {
      const [, mode = '', id = ''] = RAW.exec(to ?? '') ?? [];
      return id === '' ? [] : [{ name, mode: Number.parseInt(mode, 8), id }];
    });
    const contents = await this.store.contents(repository, [...new Set(raw.map(({ id }) => id))], signal);
    for (const { name } of changes) remove(repository, name);
    const clean = changes.filter(({ to }) => to?.startsWith('clean ') === true).map(({ name }) => name);
    if (clean.length > 0) {
      const stdin = Buffer.from(clean.join('\0'), 'latin1');
      const command = { name: 'checkout-index', options: ['--force', '-u', '-z', '--stdin'], stdin };
      await this.commands.must(repository, command, signal);
    }
    for (const { name, mode, id } of raw) put(repository, name, mode, contents.get(id) ?? Buffer.alloc(0));
  }
}

/** Where a path leads out of the work tree, or into git's own folder, it is none that a snapshot has. */
function refuseOutside(path: string): void {
  const parts = path.split('/').map((part) => Buffer.from(part, 'latin1').toString());
  const isOdd = parts.some((part) => part === '' || part === '.' || part === '..' || isGitFolderName(part));
  if (!isOdd && !path.includes('\0')) return;
  throw new ServerError('path_not_allowed', 'The operation log names a path that is not of the work tree');
}

function remove(repository: Repository, path: string): void {
  const stat = statOf(absolute(repository, path));
  if (stat === undefined || stat.isDirectory() || isBehindLink(repository, path)) return;
  unlinkSync(absolute(repository, path));
  for (const folder of foldersOf(path).toReversed()) {
    try {
      rmdirSync(absolute(repository, folder));
    } catch {
      return; // Something else is in it.
    }
  }
}

function put(repository: Repository, path: string, mode: number, content: Buffer): void {
  for (const folder of foldersOf(path)) {
    if (statOf(absolute(repository, folder)) === undefined) mkdirSync(absolute(repository, folder));
  }
  if (isBehindLink(repository, path)) throw inTheWay();
  const target = absolute(repository, path);
  // git leaves an empty folder where a submodule would be.
  if (statOf(target)?.isDirectory()) rmdirSync(target);
  if ((mode & KIND) === LINK) return symlinkSync(content, target);
  writeFileSync(target, content, { flag: 'wx' });
  chmodSync(target, mode & 0o777);
}

function isBehindLink(repository: Repository, path: string): boolean {
  return foldersOf(path).some((folder) => statOf(absolute(repository, folder))?.isDirectory() !== true);
}

/** `a`, `a/b` of `a/b/c`. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

function statOf(path: Buffer): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function inTheWay(): ServerError {
  const message = 'A file or link stands where a folder was; put it away, then try again';
  return new ServerError('operation_failed', message, { details: { reason: 'newer_work' } });
}

import { lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { signatureOf } from '../file-signature.js';
import { readRegularFile } from '../libgit2/small-file.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { entryKind } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { STASH_MARK } from '../writes/stash-mark.js';
import { type Change, type Facts } from './snapshot.js';
import { readSparseSettings, SPARSE_PATTERNS } from './sparse-facts.js';

/** What says that, and where, an operation stopped half-way; and which part of the files is checked out. */
const FILES = [
  'MERGE_HEAD',
  'MERGE_MODE',
  'MERGE_MSG',
  'SQUASH_MSG',
  'CHERRY_PICK_HEAD',
  'REVERT_HEAD',
  'AUTO_MERGE',
  STASH_MARK,
  SPARSE_PATTERNS,
  'BISECT_ANCESTORS_OK',
  'BISECT_EXPECTED_REV',
  'BISECT_FIRST_PARENT',
  'BISECT_LOG',
  'BISECT_NAMES',
  'BISECT_START',
  'BISECT_TERMS',
];
const MAX_BYTES = 16 * 2 ** 20;
/** No file of git's begins so. */
const UNKNOWN = '\0unknown ';
export const BISECT_REFS = 'refs/bisect';
const FOLDERS = ['rebase-merge', 'rebase-apply', 'sequencer', BISECT_REFS];
const IN_FOLDER = new RegExp(`^(?:${FOLDERS.join('|')})/[A-Za-z0-9_.-]+$`);

/** By name in git's folder, or key of the configuration; contents as bytes, one character each. Of what is too large, or no plain file, it is only known whether it is the same. */
export function readProgress(repository: Repository): Facts {
  const { gitDir } = repository;
  const inFolders = FOLDERS.flatMap((folder) =>
    entriesOf(join(gitDir, folder)).map((name) => `${folder}/${name}`),
  );
  const found = [...FILES, ...inFolders].flatMap((name) => {
    const content = contentOf(join(gitDir, name));
    return content === null ? [] : [[name, content] as const];
  });
  const files = new Map(found);
  return new Map([...files, ...readSparseSettings(repository, files.has(SPARSE_PATTERNS))]);
}

/** Makes each file what `to` says. Names other than those that are read are ignored: a record may be anybody's. */
export function writeProgress({ gitDir }: Repository, changes: readonly Change[]): void {
  for (const { name, to } of changes) {
    if ((!FILES.includes(name) && !isPlainIn(name)) || isUnknown(to)) continue;
    const path = join(gitDir, name);
    if (entryKind(path) !== 'absent') rmSync(path, { recursive: true });
    if (to === null) continue;
    if (entryKind(dirname(path)) === 'absent') mkdirSync(dirname(path), { recursive: true });
    if (entryKind(dirname(path)) === 'folder') writeFileSync(path, to, { flag: 'wx', encoding: 'latin1' });
  }
  for (const folder of FOLDERS) removeIfEmpty(join(gitDir, folder));
}

/** A change from or to what is not known cannot be taken back. */
export function isUnknownProgress({ from, to }: Change): boolean {
  return isUnknown(from) || isUnknown(to);
}

function isUnknown(content: string | null): boolean {
  return content?.startsWith(UNKNOWN) === true;
}

function contentOf(path: string): string | null {
  try {
    return readRegularFile(path, MAX_BYTES)?.toString('latin1') ?? null;
  } catch (error) {
    if (!(error instanceof Unsuited)) throw error;
    return UNKNOWN + signatureOf(lstatSync(path, { bigint: true, throwIfNoEntry: false }));
  }
}

function isPlainIn(name: string): boolean {
  return IN_FOLDER.test(name) && !/\/\.{1,2}$/.test(name);
}

function entriesOf(folder: string): readonly string[] {
  return entryKind(folder) === 'folder' ? readdirSync(folder) : [];
}

function removeIfEmpty(folder: string): void {
  if (entryKind(folder) === 'folder' && readdirSync(folder).length === 0) rmdirSync(folder);
}

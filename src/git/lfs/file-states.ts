import { below, isBehindLink, statOf } from '../operations/file-moves.js';
import { readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { type ByteName } from '../work-tree/path-lists.js';
import { type LfsPointer, MAX_POINTER_BYTES, parsePointer } from './pointer.js';

/** `other`: a file of another size, a link, a folder. */
export const FILE_STATES = ['content', 'pointer', 'absent', 'other'] as const;
export type FileState = (typeof FILE_STATES)[number];

/**
 * What the work tree has of a file that a pointer stands for. Its content is known by its size, as git-lfs knows it:
 * reading gigabytes for a list would take minutes.
 */
export function fileState({ path: workTree }: Repository, path: ByteName, pointer: LfsPointer): FileState {
  const stats = statOf(below(workTree, path));
  if (stats === undefined || isBehindLink(workTree, path)) return 'absent';
  if (!stats.isFile()) return 'other';
  const found = stats.size <= MAX_POINTER_BYTES ? pointerAt(workTree, path) : undefined;
  if (found !== undefined) return found.oid === pointer.oid ? 'pointer' : 'other';
  return pointer.extended || stats.size === pointer.size ? 'content' : 'other';
}

/** What the work tree has of a file that need not be a pointer anywhere. */
export function unknownFileState({ path: workTree }: Repository, path: ByteName): FileState {
  const stats = statOf(below(workTree, path));
  if (stats === undefined || isBehindLink(workTree, path)) return 'absent';
  if (!stats.isFile()) return 'other';
  return stats.size <= MAX_POINTER_BYTES && pointerAt(workTree, path) ? 'pointer' : 'content';
}

function pointerAt(workTree: string, path: ByteName): LfsPointer | undefined {
  const text = readSmallFile(below(workTree, path));
  return text === undefined ? undefined : parsePointer(text);
}

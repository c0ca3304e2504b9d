import { IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString } from 'class-validator';

import { FILE_STATES, fileState, type FileState } from '../../git/lfs/file-states.js';
import { type LfsFile } from '../../git/lfs/lfs-files.reader.js';
import { type ChangedLfsFile, type TrackedPattern } from '../../git/lfs/lfs-status.reader.js';
import { isStored } from '../../git/lfs/lfs-store.js';
import { type Repository } from '../../git/repository.js';
import { nameText } from '../../git/work-tree/path-lists.js';
import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';

export class LfsFileOutput {
  @IsString()
  path: string;

  @Describe('SHA-256 of the content')
  @IsString()
  oid: string;

  @Describe('Bytes of the content')
  @IsInt()
  size: number;

  @Describe(
    'What the work tree has: content (known by its size), pointer, absent, or other: changed. Absent in a bare repository',
  )
  @IsOptional()
  @IsIn([...FILE_STATES])
  work_tree?: FileState;

  @Describe('The content lies in the store of this repository, lfs/objects')
  @IsBoolean()
  stored: boolean;
}

export class LfsPatternOutput {
  @Describe('As it stands there')
  @IsString()
  pattern: string;

  @Describe('A .gitattributes, or info/attributes of the git folder')
  @IsString()
  file: string;

  @IsInt()
  line: number;
}

export class ChangedLfsFileOutput {
  @IsString()
  path: string;

  @Describe('staged, modified (in the work tree, not staged), untracked')
  @IsArray()
  @IsString({ each: true })
  change: string[];

  @Describe(
    'What the index has: pointer, or content, which would be committed whole; null where it has nothing',
  )
  @Nullable()
  @IsIn(['pointer', 'content', null])
  staged_as: 'pointer' | 'content' | null;

  @Describe('What the work tree has: content, pointer, absent; other: no file')
  @IsIn([...FILE_STATES])
  work_tree: FileState;
}

export function lfsFileOutput(repository: Repository, { path, pointer }: LfsFile): LfsFileOutput {
  return {
    path: nameText(path),
    oid: pointer.oid,
    size: pointer.size,
    ...(!repository.bare && { work_tree: fileState(repository, path, pointer) }),
    stored: isStored(repository, pointer),
  };
}

const IN_WORK_TREE: Readonly<Record<FileState, string>> = {
  content: 'content in the work tree',
  pointer: 'pointer only',
  absent: 'not in the work tree',
  other: 'changed in the work tree',
};

/** `assets/logo.psd 1048576 bytes 4d7a214614 pointer only, stored` */
export function lfsFileText({ path, oid, size, work_tree, stored }: LfsFileOutput): string {
  const states = [work_tree && IN_WORK_TREE[work_tree], stored ? 'stored' : 'not stored'].filter(Boolean);
  return `${path} ${size} bytes ${oid.slice(0, 10)} ${states.join(', ')}`;
}

/** At most one line, of what a partial clone does not have. */
export function missingFilesText(count: number): readonly string[] {
  if (count === 0) return [];
  const files = count === 1 ? '1 file, which' : `${count} files, any of which`;
  return [`The clone lacks ${files} may be a pointer; clone the repository in full to have all.`];
}

export function lfsPatternOutput({ pattern, file, line }: TrackedPattern): LfsPatternOutput {
  return { pattern, file, line };
}

export function lfsPatternText({ pattern, file, line }: TrackedPattern): string {
  return `${pattern} (${file}:${line})`;
}

export function changedLfsOutput({ path, change, staged, workTree }: ChangedLfsFile): ChangedLfsFileOutput {
  return { path: nameText(path), change: [...change], staged_as: staged, work_tree: workTree };
}

export function changedLfsText({ path, change, staged, workTree }: ChangedLfsFile): string {
  const index = staged === null ? 'not in the index' : `${staged} in the index`;
  return `${nameText(path)} ${change.join(' and ')}: ${index}, ${IN_WORK_TREE[workTree]}`;
}

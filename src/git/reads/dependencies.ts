import { ABSENT } from '../file-signature.js';
import { attributeFiles } from '../libgit2/attribute-files.js';
import { readConfig } from '../libgit2/repository-config.js';
import { signFile } from '../libgit2/small-file.js';
import { Unsuited } from '../libgit2/unsuited.error.js';
import { type FileSignature } from '../libgit2/worker.protocol.js';
import { type Repository } from '../repository.js';

/** The files that the diff of these paths depends on beside its object ids, `null` where they cannot be told. */
export function dependenciesOf(
  repository: Repository,
  paths: readonly string[],
): readonly FileSignature[] | null {
  const files = attributeFiles(repository, paths);
  return files && signaturesOf(files);
}

/** Of its own files alone, and without another file of attributes. */
export function hasPlainConfig(repository: Repository): boolean {
  return orNull(() => readConfig(repository))?.has('core.attributesfile') === false;
}

/** `null` where one of them is none that can be signed. */
export function signaturesOf(files: readonly string[]): readonly FileSignature[] | null {
  return orNull(() => files.map((file): FileSignature => [file, signFile(file)]));
}

export function areUnchanged(dependencies: readonly FileSignature[]): boolean {
  return orNull(() => dependencies.every(([file, signature]) => signFile(file) === signature)) ?? false;
}

/** Else ids alone do not say what a commit's parents are: a shallow history grows. */
export function hasWholeHistory({ commonDir }: Repository): boolean {
  const files = [`${commonDir}/shallow`, `${commonDir}/info/grafts`];
  return orNull(() => files.every((file) => signFile(file) === ABSENT)) ?? false;
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unsuited) return null;
    throw error;
  }
}

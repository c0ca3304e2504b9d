import { type Diff, type DiffDelta } from 'nodegit';

import { Unsuited } from './unsuited.error.js';

/** One file of a diff, before its content is looked at. */
export interface FileChange {
  readonly path: string;
  readonly status: 'A' | 'D' | 'M';
  readonly oldSha: string;
  readonly newSha: string;
  /** Octal, six digits. */
  readonly oldMode: string;
  readonly newMode: string;
}

const MAX_FILES = 256;
const STATUS = new Map<number, FileChange['status']>([
  [1, 'A'],
  [2, 'D'],
  [3, 'M'],
]);
const FILE_MODES = new Set(['100644', '100755', '120000']);

/**
 * The files of a diff that was made without looking for renames.
 *
 * @throws Unsuited where git would say it in other words: a diff that both adds and deletes may hold renames,
 *   whose similarity git and libgit2 measure differently; submodules; many files, where git is the faster one
 */
export function fileChanges(diff: Diff): readonly FileChange[] {
  const count = diff.numDeltas();
  if (count > MAX_FILES) throw new Unsuited('many-files');
  const changes = Array.from({ length: count }, (_, index) => fileChange(diff.getDelta(index)));
  const statuses = new Set(changes.map(({ status }) => status));
  if (statuses.has('A') && statuses.has('D')) throw new Unsuited('renames');
  return changes;
}

function fileChange(delta: DiffDelta): FileChange {
  const status = STATUS.get(delta.status());
  if (!status) throw new Unsuited('kind-of-change');
  const before = delta.oldFile();
  const after = delta.newFile();
  const path = after.path();
  // The decoder's mark for what is not UTF-8.
  if (path.includes('�')) throw new Unsuited('name-encoding');
  const change = {
    path,
    status,
    oldSha: before.id().tostrS(),
    newSha: after.id().tostrS(),
    oldMode: before.mode().toString(8).padStart(6, '0'),
    newMode: after.mode().toString(8).padStart(6, '0'),
  };
  const modes = [
    status === 'A' ? change.newMode : change.oldMode,
    status === 'D' ? change.oldMode : change.newMode,
  ];
  if (modes.some((mode) => !FILE_MODES.has(mode))) throw new Unsuited('odd-mode');
  return change;
}

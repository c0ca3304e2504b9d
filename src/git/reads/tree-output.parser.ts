export type TreeEntryType = 'file' | 'executable' | 'symlink' | 'folder' | 'submodule';

export interface TreeEntry {
  /** One character for each byte. */
  readonly name: string;
  readonly type: TreeEntryType;
  readonly sha: string;
  /** Bytes of a file or of a link's target. */
  readonly size?: number;
}

const ENTRY = /^(\d{6}) [a-z]+ ([0-9a-f]+)(?: +(\d+|-|BAD))?\t([^]+)$/;
const TYPES: Readonly<Record<string, TreeEntryType>> = {
  '040000': 'folder',
  '100755': 'executable',
  '120000': 'symlink',
  '160000': 'submodule',
};

/** Reads `git ls-tree -z` of one level, with sizes (`--long`) or without. */
export function parseTree(output: string): readonly TreeEntry[] {
  return output
    .split('\0')
    .filter((record) => record !== '')
    .map(entryOf);
}

function entryOf(record: string): TreeEntry {
  const [, mode = '', sha = '', size = '', name = ''] = ENTRY.exec(record) ?? [];
  // Old histories have modes like 100664, which git itself takes for a plain file.
  const type = TYPES[mode] ?? 'file';
  return { name, type, sha, ...(/^\d+$/.test(size) && { size: Number(size) }) };
}

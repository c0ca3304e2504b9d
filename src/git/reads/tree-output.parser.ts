export type TreeEntryType = 'file' | 'executable' | 'symlink' | 'folder' | 'submodule';

export interface TreeEntry {
  /** One character for each byte. */
  readonly name: string;
  readonly type: TreeEntryType;
  readonly sha: string;
  /** Bytes of a file or of a link's target. */
  readonly size?: number;
}

const TYPES: Readonly<Record<string, TreeEntryType>> = {
  '040000': 'folder',
  '100755': 'executable',
  '120000': 'symlink',
  '160000': 'submodule',
};

const MODE_LENGTH = 6;

/** Reads `git ls-tree -z` of one level, with sizes (`--long`) or without. By positions: a large tree has many entries. */
export function parseTree(output: string): readonly TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < output.length;) {
    const tab = output.indexOf('\t', at);
    const end = output.indexOf('\0', tab);
    if (tab < 0 || end < 0) break;
    entries.push(entryOf(output, at, tab, end));
    at = end + 1;
  }
  return entries;
}

/** `<mode> <kind> <id>[ <size>]`, then a tab and the name. */
function entryOf(output: string, at: number, tab: number, end: number): TreeEntry {
  const idAt = output.indexOf(' ', at + MODE_LENGTH + 1) + 1;
  const space = output.indexOf(' ', idAt);
  const idEnd = space >= 0 && space < tab ? space : tab;
  // Old histories have modes like 100664, which git itself takes for a plain file.
  const type = TYPES[output.slice(at, at + MODE_LENGTH)] ?? 'file';
  const sha = output.slice(idAt, idEnd);
  const name = output.slice(tab + 1, end);
  // `-` of what has none, `BAD` of what is not there.
  const size = idEnd === tab ? NaN : Number(output.slice(idEnd, tab));
  return Number.isNaN(size) ? { name, type, sha } : { name, type, sha, size };
}

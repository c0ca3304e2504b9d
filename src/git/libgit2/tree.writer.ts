import { createHash } from 'node:crypto';

import { TREE_MODE, type TreeEntry } from './tree.parser.js';
import { Unsuited } from './unsuited.error.js';

/** Of what else is in old histories git writes another one. */
const WRITTEN_MODES = new Set(['100644', '100755', '120000', '160000', TREE_MODE]);

/** The id that git gives a tree of these entries. @throws Unsuited for a mode that git would not write */
export function treeId(entries: readonly TreeEntry[]): string {
  if (!entries.every(({ mode }) => WRITTEN_MODES.has(mode))) throw new Unsuited('odd-mode');
  const content = Buffer.concat(
    entries
      .toSorted((one, other) => (sortedBy(one) < sortedBy(other) ? -1 : 1))
      .flatMap(({ mode, name, sha }) => [
        Buffer.from(`${mode} ${name}\0`, 'latin1'),
        Buffer.from(sha, 'hex'),
      ]),
  );
  return createHash('sha1').update(`tree ${content.length}\0`).update(content).digest('hex');
}

/** Git sorts a folder as if its name ended in a slash. */
function sortedBy({ mode, name }: TreeEntry): string {
  return mode === TREE_MODE ? `${name}/` : name;
}

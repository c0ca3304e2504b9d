import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { statSignature } from './cli/stat-signature.js';
import { type Repository } from './repository.js';

const MAX_FOLDERS = 256;

/**
 * Changes whenever HEAD, a ref or the configuration does, whoever changes it: git replaces such files by renaming,
 * which shows in the times of their folders. Of two changes within one tick of the file system's clock the later
 * might not show, so a signature that young is equal to no other.
 *
 * @param nowMs milliseconds since 1970 UTC
 */
export function refsSignature({ gitDir, commonDir }: Repository, nowMs: number): string {
  const folders = new Set([gitDir, commonDir]);
  for (const folder of [gitDir, commonDir]) {
    addFolders(join(folder, 'refs'), folders);
    addFolders(join(folder, 'reftable'), folders);
  }
  const files = [join(gitDir, 'HEAD'), join(commonDir, 'packed-refs'), join(commonDir, 'config')];
  const signatures = [...folders, ...files].map(statSignature);
  const whole = folders.size < MAX_FOLDERS && signatures.every(({ settled }) => settled(nowMs));
  return [...signatures.map(({ text }) => text), ...(whole ? [] : [nowMs])].join(' ');
}

function addFolders(folder: string, folders: Set<string>): void {
  if (folders.size >= MAX_FOLDERS) return;
  folders.add(folder);
  for (const entry of entriesOf(folder)) {
    if (entry.isDirectory()) addFolders(join(folder, entry.name), folders);
  }
}

// A folder that is not there, or just went, has the signature of an absent one.
function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

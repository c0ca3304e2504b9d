import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isRunning, type ProcessIdentity, thisProcess } from '../../shared/process-identity.js';

/** Sees to it that one process at a time writes to a folder. */
export class FolderOwner {
  private readonly path: string;

  constructor(private readonly folder: string) {
    this.path = join(folder, 'owner.json');
  }

  /** @throws Error naming the process that has the folder */
  take(): void {
    const other = this.read();
    if (other !== undefined && other.pid !== process.pid && isRunning(other)) {
      throw new Error(
        `the sessions in ${this.folder} belong to the running process ${other.pid}; set sessions.store.path to another folder`,
      );
    }
    writeFileSync(this.path, JSON.stringify(thisProcess()), { mode: 0o600 });
  }

  leave(): void {
    if (this.read()?.pid === process.pid) rmSync(this.path, { force: true });
  }

  private read(): ProcessIdentity | undefined {
    try {
      return JSON.parse(readFileSync(this.path, 'utf8')) as ProcessIdentity;
    } catch {
      return undefined; // Nobody has it, or somebody died while writing.
    }
  }
}

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

import { isRunning, type ProcessIdentity } from '../shared/process-identity.js';

export type ServerPhase = 'starting' | 'ready' | 'draining' | 'waiting';

/** What the supervisor of a port tells of itself to other commands on this machine. */
export interface SupervisorStatus extends ProcessIdentity {
  readonly phase: ServerPhase;
  /** Process id of the server; absent while there is none. */
  readonly server?: number;
  /** How often a server was started after the first. */
  readonly restarts: number;
}

/** One for each port, private to the user that runs the server. */
export class RuntimeFile {
  private readonly path: string;

  constructor(port: number) {
    this.path = join(homedir(), '.local', 'state', 'mcp-git-server', String(port), 'supervisor.json');
  }

  /** @throws what the file system does where the folder cannot be written */
  write(status: SupervisorStatus): void {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    writeFileSync(`${this.path}.next`, JSON.stringify(status), { mode: 0o600 });
    renameSync(`${this.path}.next`, this.path);
  }

  /** @returns nothing where no supervisor of this port runs, or another user's does */
  read(): SupervisorStatus | undefined {
    try {
      const status = JSON.parse(readFileSync(this.path, 'utf8')) as SupervisorStatus;
      return isRunning(status) ? status : undefined;
    } catch {
      return undefined;
    }
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}

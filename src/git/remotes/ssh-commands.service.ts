import { Inject, Injectable } from '@nestjs/common';

import { type Environment } from '../../config/environment.js';
import { GitConfig } from '../../config/sections/index.js';
import { tracedOwner } from '../../observability/operation-trace.js';
import { Deadline } from '../../resilience/deadline.js';
import { ResourceLedger } from '../../resources/resource.ledger.js';
import { ServerError } from '../../shared/errors/index.js';
import { SSH_OPTIONS, sshEnvironment } from '../cli/git-environment.js';
import { runProcess } from '../cli/run-process.js';
import { SERVER_ENVIRONMENT } from '../cli/server-environment.js';
import { type GitResult } from '../git-cli.port.js';
import { startProcess } from '../spawner/start-process.js';

/** Where ssh goes, as the policy of remotes has approved it. */
export interface SshPlace {
  readonly user?: string;
  readonly host: string;
  readonly port: number;
  /** As `RemoteAccess.sshOptions`. */
  readonly options: readonly string[];
}

const USUAL_PORT = 22;
const MAX_OUTPUT_BYTES = 65_536;

/** Runs commands at a remote by ssh, for what git has no command for. It is held as the ssh of git is. */
@Injectable()
export class SshCommands {
  constructor(
    private readonly config: GitConfig,
    @Inject(SERVER_ENVIRONMENT) private readonly server: Environment,
    private readonly resources: ResourceLedger,
  ) {}

  /**
   * @param words of the command; the shell at the other end takes each for one word
   * @returns whatever the exit code; 255 is of ssh itself
   * @throws ServerError `operation_timeout` after `git.networkTimeout` | `operation_cancelled` | `operation_failed` (ssh could
   *   not be started)
   */
  async run(place: SshPlace, words: readonly string[], signal: AbortSignal): Promise<GitResult> {
    const deadline = new Deadline(this.config.networkTimeout, signal);
    const owner = tracedOwner() ?? 'git';
    const resource = this.resources.acquire({ type: 'git-process', label: 'ssh', owner });
    const request = {
      name: 'ssh',
      maxOutputBytes: MAX_OUTPUT_BYTES,
      endAtCap: true,
      graceMs: this.config.killGrace,
    };
    try {
      return await runProcess(() => this.start(place, words), request, deadline.signal);
    } catch (error) {
      // An outer deadline gives its own reason, which says more than that somebody cancelled.
      if (error === deadline.signal.reason && signal.reason instanceof ServerError) throw signal.reason;
      throw isAbsent(error) ? noSsh(error) : error;
    } finally {
      this.resources.release(resource);
      deadline.dispose();
    }
  }

  private start({ user, host, port, options }: SshPlace, words: readonly string[]) {
    const destination = user === undefined ? host : `${user}@${host}`;
    const ports = port === USUAL_PORT ? [] : ['-p', String(port)];
    const command = words.map(quoted).join(' ');
    return startProcess({
      program: 'ssh',
      args: [...SSH_OPTIONS, ...options, ...ports, '--', destination, command],
      cwd: '/',
      env: sshEnvironment(this.server),
      input: false,
    });
  }
}

/** Bare where no shell would take it for anything else: some servers read the command without one. */
function quoted(word: string): string {
  return /^[\w./@+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === 'ENOENT';
}

function noSsh(cause: unknown): ServerError {
  const message = 'ssh could not be started; an operator has to install it where PATH of the server leads';
  return new ServerError('operation_failed', message, { cause, details: { reason: 'ENOENT' } });
}

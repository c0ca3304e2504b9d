import { Logger } from '@nestjs/common';

import { type Clock } from '../shared/clock.js';
import { thisProcess } from '../shared/process-identity.js';
import { type ListeningSocket } from './listening-socket.js';
import { RuntimeFile, type ServerPhase } from './runtime-file.js';
import { ServerChild, type ServerExit } from './server-child.js';
import { type FromServer } from './supervision.messages.js';

/** A server that lives shorter than this has crashed in its start, or nearly. */
const LIVED_MS = 10_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** What a restart takes beside the wait for operations, before the server is killed. */
const BESIDE_DRAIN_MS = 30_000;

export interface SupervisorOptions {
  /** Command line of the server, from its script on. */
  readonly words: readonly string[];
  readonly socket: ListeningSocket;
  readonly drainTimeoutMs: number;
  readonly clock: Clock;
  /** The server is over, for good. */
  readonly end: (exit: ServerExit) => void;
}

/**
 * Keeps one server running. It holds the port, so that nobody is refused while one server ends and the next begins, and
 * does nothing else: whatever could crash is in the server.
 */
export class Supervisor {
  private readonly logger = new Logger(Supervisor.name);
  private readonly runtime: RuntimeFile;
  private child: ServerChild | undefined;
  private phase: ServerPhase = 'starting';
  private startedAt = 0;
  private restarts = -1;
  private hasServed = false;
  private isEnding = false;
  private crashesInRow = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: SupervisorOptions) {
    this.runtime = new RuntimeFile(options.socket.port);
  }

  start(): void {
    this.timer = undefined;
    this.restarts += 1;
    this.startedAt = this.options.clock.monotonicMs();
    this.child = new ServerChild(this.options.words, this.options.socket.descriptor, {
      onMessage: (message) => this.heard(message),
      onExit: (exit) => this.exited(exit),
    });
    this.enter('starting');
  }

  /** Ends the server in order and starts the next one. While one is under way nothing is changed. */
  restart(): void {
    if (this.phase !== 'ready') return;
    this.logger.log('Restart begins', { server: this.child?.pid });
    this.enter('draining');
    this.child?.send({ kind: 'drain' });
    const limitMs = this.options.drainTimeoutMs + BESIDE_DRAIN_MS;
    this.timer = setTimeout(() => this.child?.signal('SIGKILL'), limitMs);
  }

  /** Passes the signal on; the end of the server is then the end of everything. */
  endWith(signal: 'SIGTERM' | 'SIGINT'): void {
    this.isEnding = true;
    if (this.child !== undefined) return this.child.signal(signal);
    clearTimeout(this.timer);
    this.over({ code: 0, signal: null });
  }

  passOn(signal: NodeJS.Signals): void {
    this.child?.signal(signal);
  }

  private heard({ kind }: FromServer): void {
    if (kind === 'restart') return this.restart();
    this.hasServed = true;
    this.enter('ready');
  }

  private exited(exit: ServerExit): void {
    const { phase } = this;
    const livedMs = this.options.clock.monotonicMs() - this.startedAt;
    clearTimeout(this.timer);
    this.child = undefined;
    // What keeps the first server from starting is in the configuration or on the machine, and it has said so.
    if (this.isEnding || !this.hasServed) return this.over(exit);
    if (phase === 'draining') return this.start();
    this.crashesInRow = livedMs < LIVED_MS ? this.crashesInRow + 1 : 0;
    const waitMs = this.waitMs();
    this.logger.error('Server ended unexpectedly', {
      ...exit,
      lived_ms: Math.round(livedMs),
      wait_ms: waitMs,
    });
    this.enter('waiting');
    this.timer = setTimeout(() => this.start(), waitMs);
  }

  /** The first crash after a while is made good at once, one that repeats itself ever later. */
  private waitMs(): number {
    if (this.crashesInRow === 0) return 0;
    return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.crashesInRow - 1));
  }

  private over(exit: ServerExit): void {
    this.runtime.remove();
    this.options.socket.close();
    this.options.end(exit);
  }

  private enter(phase: ServerPhase): void {
    this.phase = phase;
    const server = this.child?.pid;
    try {
      const { restarts } = this;
      this.runtime.write({ ...thisProcess(), phase, restarts, ...(server !== undefined && { server }) });
    } catch (err) {
      // The server is served all the same; only the command restart does not find it.
      if (phase === 'starting' && this.restarts === 0)
        this.logger.warn('No runtime file could be written', { err });
    }
  }
}

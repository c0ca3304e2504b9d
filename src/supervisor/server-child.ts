import { type ChildProcess, spawn } from 'node:child_process';

import { type FromServer, type ToServer } from './supervision.messages.js';

/** Where the server finds the socket: behind standard input, output, error and the channel to the supervisor. */
export const SOCKET_DESCRIPTOR = 4;

export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerEvents {
  onMessage(message: FromServer): void;
  onExit(exit: ServerExit): void;
}

/** One process that serves. */
export class ServerChild {
  private readonly child: ChildProcess;
  private ended = false;

  /** @param words command line of the server @param descriptor of the socket that it is to accept from */
  constructor(words: readonly string[], descriptor: number, events: ServerEvents) {
    this.child = spawn(process.execPath, [...process.execArgv, ...words], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc', descriptor],
      // A group of its own: an interrupt from the terminal reaches the supervisor, which passes it on once.
      detached: true,
    });
    const end = (exit: ServerExit) => {
      if (this.ended) return;
      this.ended = true;
      events.onExit(exit);
    };
    this.child.on('message', (message) => events.onMessage(message as FromServer));
    this.child.once('exit', (code, signal) => end({ code, signal }));
    this.child.once('error', () => end({ code: null, signal: null }));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  send(message: ToServer): void {
    // Whoever is gone is told nothing; its exit says the rest.
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { type Network } from './network.js';

const SCRIPT = fileURLToPath(new URL('./hostile-world.mjs', import.meta.url));
/** Of https, ssh and git; that of http is always there. */
const PORTS = [443, 22, 9418];
/** All by which a client is sent elsewhere. */
const MOVED = [301, 302, 303, 307, 308];

/** Names and hosts that lead a server inside, in a network of their own. Stop it. */
export class HostileWorld {
  private constructor(private readonly child: ChildProcess) {}

  /**
   * @param approved the address that may be asked
   * @param inside those that hosts send their callers to
   */
  static async start(network: Network, approved: string, inside: readonly string[]): Promise<HostileWorld> {
    network.makeWorld([approved, ...inside.filter((address) => !address.startsWith('127.'))]);
    const settings = JSON.stringify({ approved, inside, status: MOVED, ports: PORTS });
    const [program = '', ...args] = [...network.within, process.execPath, SCRIPT, settings];
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(child, 'message');
    return new HostileWorld(child);
  }

  /** @returns how many connections came to each address until now */
  async connections(): Promise<Readonly<Record<string, number>>> {
    this.child.send('seen');
    const [seen] = (await once(this.child, 'message')) as [Record<string, number>];
    return seen;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }
}

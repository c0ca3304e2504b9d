import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./idle-clients.mjs', import.meta.url));

/** Clients in a process of their own, which can be stopped, killed, or put into a network of its own. */
export class ClientProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** @param within words in front of the command, as `ip netns exec NAME` */
  static async start(url: string, count: number, within: readonly string[] = []): Promise<ClientProcess> {
    const [program = '', ...args] = [...within, process.execPath, SCRIPT, url, String(count)];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => line === 'ready' && resolve());
      child.once('exit', (code) =>
        reject(new Error(`the clients ended with ${code} before they were ready`)),
      );
    });
    return new ClientProcess(child);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./idle-clients.mjs', import.meta.url));
const PING = { type: 'ping', id: 'first' };
const BEGIN = { type: 'initialize', id: 'first', params: { capabilities: { resume: true } } };

interface ClientProcessOptions {
  /** Words in front of the command, as `ip netns exec NAME`. */
  readonly within?: readonly string[];
  /** Connections made in a second. */
  readonly rate?: number;
  /** Whether their sessions can be resumed. */
  readonly resume?: boolean;
}

/** Clients in a process of their own, which can be stopped, killed, or put into a network of its own. */
export class ClientProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** Milliseconds that a connection took, but for the slowest in a hundred, in the median of the seconds. */
    readonly connectedWithinMs: number,
  ) {}

  static async start(
    url: string,
    count: number,
    { within = [], rate = 1_000, resume = false }: ClientProcessOptions = {},
  ): Promise<ClientProcess> {
    const message = JSON.stringify(resume ? BEGIN : PING);
    const words = [...within, process.execPath, SCRIPT, url, String(count), String(rate), message];
    const [program = '', ...args] = words;
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    const p99 = await new Promise<string>((resolve, reject) => {
      lines.on('line', (line) => line.startsWith('ready ') && resolve(line.slice('ready '.length)));
      child.once('exit', (code) =>
        reject(new Error(`the clients ended with ${code} before they were ready`)),
      );
    });
    return new ClientProcess(child, Number(p99));
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

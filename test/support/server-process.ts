import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../dist/bundle/cli.js', import.meta.url));

export interface ServerProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** A program, with its arguments, that starts what comes behind them in its place. */
  readonly through?: readonly string[];
  /** Under the supervisor, as is usual; most tests are about the server itself, and see it directly. */
  readonly supervised?: boolean;
}

/** The server as an operator starts it: its own process, a free port, nothing but documented settings. */
export class ServerProcess {
  private output = '';

  private constructor(
    private readonly child: ChildProcess,
    /** `http://127.0.0.1:PORT` */
    readonly url: string,
  ) {}

  static async start({
    env = {},
    flags = [],
    through = [],
    supervised = false,
  }: ServerProcessOptions = {}): Promise<ServerProcess> {
    const [program = '', ...args] = [...through, process.execPath, CLI, 'serve', '--port', '0', ...flags];
    const child = spawn(program, args, {
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        MCP_GIT_SERVER_SUPERVISED: String(supervised),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const url = await new Promise<string>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        output += chunk.toString();
        const found = /listens on (http:\/\/[^\s"]+)/.exec(output);
        if (found?.[1]) resolve(found[1]);
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', (code) =>
        reject(new Error(`the server ended with ${code} before it listened:\n${output}`)),
      );
    });
    const server = new ServerProcess(child, url);
    server.output = output;
    const append = (chunk: Buffer) => void (server.output += chunk.toString());
    child.stdout.on('data', append);
    child.stderr.on('data', append);
    return server;
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the server has no process');
    return this.child.pid;
  }

  get webSocketUrl(): string {
    return this.url.replace('http', 'ws');
  }

  get logs(): string {
    return this.output;
  }

  /** Every process that descends from the server and still runs, with its command line. */
  descendants(): { pid: number; command: string }[] {
    return descendantsOf(this.pid);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
    return this.child.exitCode;
  }
}

export function descendantsOf(pid: number): { pid: number; command: string }[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = parentOf(Number(entry));
    if (parent !== undefined) parents.set(Number(entry), parent);
  }
  const isDescendant = (candidate: number): boolean => {
    const parent = parents.get(candidate);
    return parent !== undefined && (parent === pid || isDescendant(parent));
  };
  return [...parents.keys()]
    .filter((candidate) => isDescendant(candidate) && isAlive(candidate))
    .map((found) => ({ pid: found, command: commandOf(found) }));
}

/** Every process whose working directory is the folder: git processes outlive a killed server as nobody's children. */
export function processesIn(folder: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => workingDirectoryOf(pid) === folder && isAlive(pid));
}

export function isAlive(pid: number): boolean {
  const status = read(`/proc/${pid}/stat`);
  return status !== undefined && !/\) [ZX] /.test(status);
}

function workingDirectoryOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined; // The process ended while we looked.
  }
}

function parentOf(pid: number): number | undefined {
  // The name in parentheses may hold spaces, so fields are counted from its end.
  const fields = read(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ');
  return fields?.[1] === undefined ? undefined : Number(fields[1]);
}

function commandOf(pid: number): string {
  return (read(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim();
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // The process ended while we looked.
  }
}

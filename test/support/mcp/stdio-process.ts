import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { stdioCommand } from './doors.js';

/** The server as a desktop client starts it, with its bare streams. */
export class StdioProcess {
  /** Everything that came on standard output, as it came. */
  output = '';
  errors = '';
  private readonly child: ChildProcess;

  constructor(root: string, words: readonly string[] = []) {
    const { command, args } = stdioCommand(root);
    this.child = spawn(command, [...args, ...words], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the server has no process');
    return this.child.pid;
  }

  /** One line for each message that came, parsed; throws where something else came. */
  get messages(): { id?: unknown; jsonrpc: string; result?: unknown; error?: unknown }[] {
    return this.output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { jsonrpc: string });
  }

  send(message: object | string): void {
    this.child.stdin?.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
  }

  /** What happens when the parent goes: its end of the pipe is closed. */
  closeInput(): void {
    this.child.stdin?.end();
  }

  /** @returns its exit code, `null` where a signal ended it */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}

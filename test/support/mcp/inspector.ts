import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { type Era } from './doors.js';

const LAUNCHER = fileURLToPath(
  new URL(
    '../../../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js',
    import.meta.url,
  ),
);
const LIMIT_MS = 60_000;

export interface Inspection {
  /** A URL, or a command with its arguments. */
  readonly target: readonly string[];
  readonly era: Era;
  /** Where the Inspector may keep what it remembers. */
  readonly home: string;
}

/**
 * Asks a server through the command line of the MCP Inspector.
 *
 * @param words `--method` and what belongs to it
 * @returns the result that it prints
 * @throws where it ends with anything but 0
 */
export async function inspect({ target, era, home }: Inspection, words: readonly string[]): Promise<unknown> {
  const mode = era === '2025-11-25' ? 'legacy' : 'modern';
  const options = ['--protocol-era', mode, '--format', 'json', '-q', ...words];
  const { stdout } = await promisify(execFile)(process.execPath, [LAUNCHER, '--cli', ...target, ...options], {
    env: { PATH: process.env['PATH'], HOME: home },
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 2 ** 24,
  });
  return (JSON.parse(stdout) as { result: unknown }).result;
}

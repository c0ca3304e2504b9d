import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Client, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

export const ROOT = join(import.meta.dirname, '../..');

/** How a client's settings name a server. */
export interface StdioServer {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What a server told its client. */
export interface Introduction {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly tools: readonly string[];
  readonly prompts: readonly string[];
}

export function readJson<T = Record<string, unknown>>(name: string): T {
  return JSON.parse(readFileSync(join(ROOT, name), 'utf8')) as T;
}

/** Makes the folder of a PATH on which the package's program stands, as `npm install --global` puts it there. */
export function installProgram(folder: string): string {
  const { bin } = readJson<{ bin: Record<string, string> }>('package.json');
  mkdirSync(folder, { recursive: true });
  for (const [name, script] of Object.entries(bin)) {
    const program = join(folder, name);
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, script)}' "$@"\n`);
    chmodSync(program, 0o755);
  }
  return folder;
}

/** Starts the server by exactly these words, found on this PATH alone, and asks what it offers. */
export function introducedOverStdio(
  { command, args, env = {} }: StdioServer,
  folder: string,
): Promise<Introduction> {
  const path = `${folder}:${process.env['PATH'] ?? ''}`;
  return introduced(
    new StdioClientTransport({ command, args: [...args], env: { PATH: path, ...env }, stderr: 'ignore' }),
  );
}

export function introducedOverHttp(url: string, headers: Record<string, string> = {}): Promise<Introduction> {
  return introduced(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
}

async function introduced(transport: Transport): Promise<Introduction> {
  const client = new Client({ name: 'test', version: '1' });
  try {
    await client.connect(transport);
    const { tools } = await client.listTools();
    const { prompts } = await client.listPrompts();
    const { name, version } = client.getServerVersion() ?? {};
    return { name, version, tools: tools.map((tool) => tool.name), prompts: prompts.map((one) => one.name) };
  } finally {
    await client.close();
  }
}

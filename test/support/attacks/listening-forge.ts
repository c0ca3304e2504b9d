import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A host that asks who somebody is and then refuses everything, and remembers what it was shown and what was running meanwhile. Close it. */
export class ListeningForge {
  readonly headers: (string | undefined)[] = [];
  /** Of every process of this machine, while a request was served. */
  commandLines = '';
  environments = '';
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      this.headers.push(request.headers.authorization);
      this.commandLines += ofAllProcesses('cmdline');
      this.environments += ofAllProcesses('environ');
      const known = request.headers.authorization !== undefined;
      response.writeHead(known ? 403 : 401, { 'WWW-Authenticate': 'Basic realm="forge"' }).end();
    });
  }

  static async start(): Promise<ListeningForge> {
    const forge = new ListeningForge();
    await new Promise<void>((resolve) => void forge.server.listen(0, '127.0.0.1', resolve));
    return forge;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What was shown since the last time somebody asked, each once. */
  shown(): readonly (string | undefined)[] {
    return [...new Set(this.headers.splice(0))];
  }

  async close(): Promise<void> {
    await new Promise((resolve) => void this.server.close(resolve));
  }
}

/** Everything that stands in the files of a folder, one character for each byte. */
export function textBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => orEmpty(() => readFileSync(join(entry.parentPath, entry.name), 'latin1')))
    .join('\n');
}

function ofAllProcesses(file: 'cmdline' | 'environ'): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => orEmpty(() => readFileSync(`/proc/${pid}/${file}`, 'utf8')))
    .join('\n');
}

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return ''; // It ended, or went, while we looked.
  }
}

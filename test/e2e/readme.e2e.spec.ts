import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** The shell blocks of the tour, as a reader pastes them, but for the port: 8080 may be taken while tests run. */
function tour(port: number): string {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const section = /<!-- tour -->([\s\S]*?)<!-- \/tour -->/.exec(readme)?.[1] ?? '';
  const blocks = [...section.matchAll(/```bash\n([\s\S]*?)```/g)].map(([, block]) => block);
  // Whatever stops the tour half-way, its server and its folder go.
  const cleanUp = `trap 'kill $(jobs -p) 2> /dev/null; wait; rm -rf "$TOUR"' EXIT`;
  return ['set -e', cleanUp, `export MCP_GIT_PORT=${port}`, ...blocks]
    .join('\n')
    .replaceAll('localhost:8080', `localhost:${port}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

describe("The README's tour", () => {
  it('works when it is pasted', async () => {
    const port = await freePort();

    const { stdout } = await promisify(execFile)('bash', ['-c', tour(port)], { cwd: ROOT, timeout: 120_000 });

    expect(stdout).toMatch(/session [0-9a-f-]{36}/);
    expect(stdout).toContain('Say hello');
    expect(stdout).toContain('revision_not_found');
    expect(stdout).toContain('path_not_allowed');
    expect(stdout).toContain('mcp_git_');
    expect(stdout).toContain('"status":"ok"');
    await expect(fetch(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow('fetch failed');
  }, 150_000);
});

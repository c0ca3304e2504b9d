import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** The shell blocks of the tour, as a reader pastes them. */
function tour(): string {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const section = /<!-- tour -->([\s\S]*?)<!-- \/tour -->/.exec(readme)?.[1] ?? '';
  const blocks = [...section.matchAll(/```bash\n([\s\S]*?)```/g)].map(([, block]) => block);
  // Whatever stops the tour half-way, its server and its folder go.
  const cleanUp = `trap 'kill $(jobs -p) 2> /dev/null; wait; rm -rf "$TOUR"' EXIT`;
  return ['set -e', cleanUp, ...blocks, 'echo "served by $SERVER"'].join('\n');
}

/** On the port that the server has where nothing is said. Where somebody else is there already, that one is foreign enough. */
async function foreignServer(): Promise<Server> {
  const server = createServer((_request, response) => response.end('{"status":"ok"}'));
  server.listen(8_080, '127.0.0.1');
  await Promise.race([once(server, 'listening'), once(server, 'error')]).catch(() => undefined);
  return server;
}

describe("The README's tour", () => {
  it('works when it is pasted, also where another server has the usual port', async () => {
    const foreign = await foreignServer();

    const run = promisify(execFile)('bash', ['-c', tour()], { cwd: ROOT, timeout: 120_000 });
    const { stdout } = await run.finally(() => foreign.close());
    const url = /served by (\S+)/.exec(stdout)?.[1];

    expect(stdout).toMatch(/session [0-9a-f-]{36}/);
    expect(stdout).toContain('Say hello');
    expect(stdout).toContain('revision_not_found');
    expect(stdout).toContain('path_not_allowed');
    expect(stdout).toContain('mcp_git_');
    expect(stdout).toContain('"status":"ok"');
    await expect(fetch(`${url}/health/live`)).rejects.toThrow('fetch failed');
  }, 150_000);
});

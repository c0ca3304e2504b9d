import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** The shell blocks of the tour, as a reader pastes them, but for the port: 8080 may be taken while tests run. */
function tour(port: number): string {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const section = /<!-- tour -->([\s\S]*?)<!-- \/tour -->/.exec(readme)?.[1] ?? '';
  const blocks = [...section.matchAll(/```bash\n([\s\S]*?)```/g)].map(([, block]) => block);
  return ['set -e -o pipefail', `export MCP_GIT_PORT=${port}`, ...blocks, 'wait %1 || true', 'rm -rf "$TOUR"']
    .join('\n')
    .replaceAll('localhost:8080', `localhost:${port}`);
}

describe("The README's tour", () => {
  it('works when it is pasted', async () => {
    const { stdout } = await promisify(execFile)('bash', ['-c', tour(18_181)], {
      cwd: ROOT,
      timeout: 120_000,
    });

    expect(stdout).toMatch(/session [0-9a-f-]{36}/);
    expect(stdout).toContain('Say hello');
    expect(stdout).toContain('revision_not_found');
    expect(stdout).toContain('path_not_allowed');
    expect(stdout).toContain('mcp_git_');
    expect(stdout).toContain('"status":"ok"');
    await expect(fetch('http://127.0.0.1:18181/health/live')).rejects.toThrow('fetch failed');
  }, 150_000);
});

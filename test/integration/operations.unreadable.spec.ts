import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ServerProcess } from '../support/server-process.js';
import { TestClient } from '../support/test-client.js';

const MAY_READ_ALL = '-dac_override,-dac_read_search';
/** What root may is taken from it; the files are its own all the same. */
const through =
  process.getuid?.() === 0 ? ['setpriv', `--inh-caps=${MAY_READ_ALL}`, `--bounding-set=${MAY_READ_ALL}`] : [];
const PATCH =
  'diff --git a/b.txt b/b.txt\nnew file mode 100644\n--- /dev/null\n+++ b/b.txt\n@@ -0,0 +1 @@\n+b\n';

describe('An operation beside a file that the server may not read', () => {
  let repo: GitRepository;
  let server: ServerProcess;
  let client: TestClient;

  beforeEach(async () => {
    repo = new GitRepository();
    repo.commitFiles('base', { 'a.txt': 'a\n' });
    server = await ServerProcess.start({ through, env: { MCP_GIT_REPOSITORY: repo.root } });
    client = await TestClient.begin(server.webSocketUrl);
  });

  afterEach(async () => {
    await client.close();
    await server.stop();
    repo.remove();
  });

  const call = async (name: string, args: object = {}) => {
    const params = { name, arguments: { repo_path: repo.path, ...args } };
    return client.request('tools/call', { params });
  };
  const lastOperation = async () => {
    const { result } = await call('git_operations');
    return result.structuredContent.operations[0] as Record<string, unknown>;
  };

  it('is done, and its undo says why it is not kept', async () => {
    repo.write('secret.txt', 'secret\n');
    chmodSync(repo.file('secret.txt'), 0);

    const done = await call('git_apply', { patch: PATCH });
    const undone = await call('git_undo');

    expect(done).toMatchObject({ type: 'tools/call/result' });
    expect(repo.read('b.txt')).toBe('b\n');
    expect(await lastOperation()).toMatchObject({ tool: 'git_apply', limit: 'unreadable' });
    expect(undone).toMatchObject({ error: { code: 'operation_failed', details: { reason: 'unreadable' } } });
  });

  it('is done where it takes the file away with its work tree, and its undo says why it is not kept', async () => {
    const path = join(repo.root, 'linked');
    repo.git(['worktree', 'add', '--quiet', '--detach', path]);
    writeFileSync(join(path, 'secret.txt'), 'secret\n', { mode: 0 });

    const args = { action: 'remove', path, force: true };
    const { result } = await call('git_worktree', { ...args, dry_run: true });
    const { plan_token } = result.structuredContent as { plan_token: string };
    const done = await call('git_worktree', { ...args, confirm: true, plan_token });
    const undone = await call('git_undo');

    expect(done).toMatchObject({ type: 'tools/call/result' });
    expect(existsSync(path)).toBe(false);
    expect(undone).toMatchObject({
      error: {
        code: 'operation_failed',
        message: expect.stringContaining('unreadable') as string,
        details: { reason: 'not-kept' },
      },
    });
  });
});

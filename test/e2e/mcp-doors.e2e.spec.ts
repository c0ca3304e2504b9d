import { type Client } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { eventually } from '../support/eventually.js';
import { GitRepository } from '../support/git-repository.js';
import { connect, type Connected, WAYS_IN } from '../support/mcp/doors.js';
import { descendantsOf, ServerProcess } from '../support/server-process.js';
import { SilentServer } from '../support/silent-server.js';

const CALLS = 100;
const PRIVATE_REMOTES = { MCP_GIT_GIT_REMOTE_ALLOW_PRIVATE_ADDRESSES: 'true' };

describe('MCP on every door', () => {
  let repository: GitRepository;
  let server: ServerProcess;
  let silent: SilentServer;

  beforeAll(async () => {
    repository = new GitRepository();
    for (let index = 0; index < CALLS; index += 1) repository.commit(`commit ${index}`);
    silent = await SilentServer.start();
    server = await ServerProcess.start({ env: { MCP_GIT_REPOSITORY: repository.root, ...PRIVATE_REMOTES } });
  });

  afterAll(async () => {
    await server?.stop();
    await silent?.stop();
    repository?.remove();
  });

  describe.each(WAYS_IN)('over $door in $era', ({ door, era }) => {
    let connected: Connected;
    let client: Client;

    beforeAll(async () => {
      connected = await connect({ door, era, server, root: repository.root, env: PRIVATE_REMOTES });
      client = connected.client;
    });

    afterAll(() => client?.close());

    const clones = () => descendantsOf(connected.pid).filter(({ command }) => command.includes('never.git'));

    it('ends the git process of a request that is cancelled, before anything else is asked', async () => {
      const cancellation = new AbortController();
      const clone = client.callTool(
        { name: 'git_clone', arguments: { url: silent.url, repo_path: repository.file('../never') } },
        { signal: cancellation.signal },
      );
      const outcome = clone.then(
        () => 'answered',
        (error: Error) => error.message,
      );
      await eventually(() => expect(clones()).not.toEqual([]));

      cancellation.abort(new Error('cancelled by the test'));

      expect(await outcome).toContain('cancelled by the test');
      await eventually(() => expect(clones()).toEqual([]));
    });

    it(`keeps the results of ${CALLS} calls at once apart`, async () => {
      const ids = repository.git(['rev-list', 'HEAD']).trimEnd().split('\n');

      const shown = await Promise.all(
        ids.map(async (revision) => {
          const call = { name: 'git_show', arguments: { repo_path: repository.path, revision } };
          const { structuredContent, content } = await client.callTool(call);
          return (structuredContent as { commit: { sha: string } } | undefined)?.commit.sha ?? content;
        }),
      );

      expect(ids).toHaveLength(CALLS);
      expect(shown).toEqual(ids);
    });
  });
});

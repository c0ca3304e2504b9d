import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { connect, WAYS_IN } from '../support/mcp/doors.js';
import { ServerProcess } from '../support/server-process.js';

describe('Prompts, as clients ask for them', () => {
  let repo: GitRepository;
  let server: ServerProcess;

  beforeAll(async () => {
    repo = new GitRepository();
    repo.commitFiles('base', { 'a.txt': 'a\n' });
    repo.branch('topic');
    repo.write('a.txt', 'staged\n').stage('a.txt');
    server = await ServerProcess.start({ flags: ['--repository', repo.root] });
  });

  afterAll(async () => {
    await server.stop();
    repo.remove();
  });

  it.each(WAYS_IN)('are filled, completed and refused through $door, $era', async ({ door, era }) => {
    const { client } = await connect({ door, era, server, root: repo.root });
    try {
      const ofRepository = { repo_path: repo.path };
      const { messages } = await client.getPrompt({ name: 'commit_message', arguments: ofRepository });
      const { completion } = await client.complete({
        ref: { type: 'ref/prompt', name: 'code_review' },
        argument: { name: 'base', value: 'to' },
        context: { arguments: ofRepository },
      });

      expect(messages).toMatchObject([{ role: 'user', content: { type: 'text' } }]);
      expect(JSON.stringify(messages)).toContain('-a\\n+staged');
      expect(completion.values).toEqual(['topic']);
      await expect(client.getPrompt({ name: 'commit_message', arguments: {} })).rejects.toMatchObject({
        code: -32602,
      });
      await expect(
        client.getPrompt({ name: 'commit_massage', arguments: ofRepository }),
      ).rejects.toMatchObject({ code: -32602 });
    } finally {
      await client.close();
    }
  });
});

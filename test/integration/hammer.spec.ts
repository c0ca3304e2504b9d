import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { Hammer } from '../support/hammer.js';
import { TestServer } from '../support/test-server.js';

/** `npm run test:hammer` takes a minute. */
const SECONDS = Number(process.env['HAMMER_SECONDS'] ?? 8);

describe('Eight sessions that write to one repository, with a git beside them', () => {
  let repo: GitRepository;
  let server: TestServer;

  beforeEach(async () => {
    repo = new GitRepository();
    repo.commitFiles('one', { 'a.txt': 'a\n' });
    server = await TestServer.start({ settings: { git: { roots: [repo.root] } } });
  });

  afterEach(async () => {
    await server.stop();
    repo.remove();
  });

  it(
    'lose no commit, damage nothing and leave nothing behind',
    async () => {
      const hammer = new Hammer(repo, server.url);

      await hammer.strike(8, SECONDS);

      expect(hammer.aftermath()).toEqual([]);
      repo.fsck();
      expect(hammer.commits.size).toBeGreaterThan(0);
      expect(hammer.outside).toBeGreaterThan(0);
      const { calls, commits, merges, picks, stashes, tags, outside, refusals } = hammer;
      console.info('hammered', SECONDS, 's', {
        calls,
        commits: commits.size,
        merges,
        picks,
        stashes,
        tags: tags.size,
        outside,
        refusals: Object.fromEntries(refusals),
      });
    },
    (SECONDS + 120) * 1_000,
  );
});

import { describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { lfsId, lfsPointer } from '../support/lfs-pointer.js';
import { lfsTransfer, stored } from './tools-lfs-transfer.harness.js';

describe('git_lfs_transfer', () => {
  const here = lfsTransfer();
  const { commit, inStore, prune, push, putInStore } = here;

  describe('push', () => {
    it('sends what the branch needs and the server lacks', async () => {
      commit({ 'a.bin': 'aaaa', 'b.bin': 'bbbb' });
      commit({ 'b.bin': 'cccc' });
      putInStore('aaaa', 'bbbb', 'cccc', 'dddd');
      here.server.has('aaaa');

      const tried = await push({ dry_run: true });
      const untouched = [...here.server.objects.keys()];
      const { structured } = await push();
      const again = await push({ branch: 'main' });

      const sent = [lfsId('bbbb'), lfsId('cccc')].toSorted();
      expect(untouched).toEqual([lfsId('aaaa')]);
      expect((structured['effects'] as { to: string }[]).map(({ to }) => to).toSorted()).toEqual(sent);
      expect(tried.structured['effects']).toEqual(structured['effects']);
      expect([...here.server.objects.values()].map(String).toSorted()).toEqual(['aaaa', 'bbbb', 'cccc']);
      expect(here.server.batches[0]).toMatchObject({ operation: 'upload', ref: { name: 'refs/heads/main' } });
      expect(again.structured).toEqual({ effects: [], bytes: 0, failed: [] });
    });

    it('sends what the end of the branch needs even where its commits were pushed', async () => {
      const head = commit({ 'a.bin': 'aaaa' });
      putInStore('aaaa');
      here.repo.git(['update-ref', 'refs/remotes/origin/main', head]);

      await push();

      expect([...here.server.objects.keys()]).toEqual([lfsId('aaaa')]);
    });

    it('asks the server whether all has come, where that wants it', async () => {
      commit({ 'a.bin': 'aaaa' });
      putInStore('aaaa');
      here.server.verifies = true;

      await push();

      expect(here.server.verified).toEqual([{ oid: lfsId('aaaa'), size: 4 }]);
    });

    it('asks how a hundred objects are sent when it is about to send them', async () => {
      const contents = Array.from({ length: 101 }, (_, index) => `content ${index}`);
      commit(Object.fromEntries(contents.map((content, index) => [`${index}.bin`, content])));
      putInStore(...contents);

      const { structured } = await push();

      expect(structured['effects']).toHaveLength(101);
      const methods = here.server.requests.map(({ method }) => method).join(' ');
      expect(methods).toMatch(/^POST POST POST (PUT ){100}POST PUT$/);
    });

    it('sends by another link where the first is no longer good', async () => {
      commit({ 'a.bin': 'aaaa', 'b.bin': 'bbbb' });
      putInStore('aaaa', 'bbbb');
      here.linksExpire(1);

      const { structured } = await push();

      expect(structured).toMatchObject({ bytes: 8, failed: [] });
      expect([...here.server.objects.values()].map(String).toSorted()).toEqual(['aaaa', 'bbbb']);
      expect(here.server.batches).toHaveLength(2);
    });

    it('asks once more, not for each object, where no link is good', async () => {
      const contents = Array.from({ length: 20 }, (_, index) => `content ${index}`);
      commit(Object.fromEntries(contents.map((content, index) => [`${index}.bin`, content])));
      putInStore(...contents);
      here.linksExpire(1_000);

      await expect(push()).rejects.toMatchObject({ details: { reason: 'authentication' } });

      expect(here.server.batches).toHaveLength(2);
    });

    it('sends nothing that is not what the pointer stands for', async () => {
      commit({ 'a.bin': 'aaaa', 'b.bin': 'bbbb', 'c.bin': 'cccc' });
      putInStore('cccc');
      here.repo.write(stored('aaaa'), 'evil');

      const { structured } = await push();

      expect(structured['failed']).toMatchObject([
        { path: 'a.bin', reason: 'wrong-content' },
        { path: 'b.bin', reason: 'not-stored' },
      ]);
      expect([...here.server.objects.values()].map(String)).toEqual(['cccc']);
    });

    it('writes into the store of a remote that is a path', async () => {
      commit({ 'a.bin': 'aaaa' });
      putInStore('aaaa');
      const far = new GitRepository({ root: here.bench.folder() });
      here.repo.git(['remote', 'set-url', 'origin', far.path]);

      await push();

      expect(far.read(stored('aaaa'))).toBe('aaaa');
    });

    it('needs a branch', async () => {
      commit({ 'a.bin': 'aaaa' });
      here.repo.git(['checkout', '--quiet', '--detach']);

      await expect(push()).rejects.toMatchObject({ details: { reason: 'detached' } });
    });
  });

  describe('prune', () => {
    it('removes what nothing at hand needs and the server has', async () => {
      const contents = ['old', 'tagged', 'topic', 'stash', 'staged', 'head', 'lost'];
      for (const content of contents) here.repo.write(stored(content), content);
      here.server.has(...contents.filter((content) => content !== 'lost'));
      commit({ 'a.bin': 'old', 'b.bin': 'lost' });
      commit({ 'a.bin': 'tagged', 'b.bin': 'head' });
      here.repo.tag('v1').branch('topic');
      here.repo.checkout('topic');
      commit({ 'a.bin': 'topic' });
      here.repo.checkout('main');
      const head = commit({ 'a.bin': 'head' });
      here.repo.git(['update-ref', 'refs/remotes/origin/main', head]);
      here.repo.git(['update-ref', 'refs/remotes/origin/topic', 'topic']);
      here.repo.write('a.bin', lfsPointer('stash')).git(['stash', '--quiet']);
      here.repo.write('c.bin', lfsPointer('staged')).stage('c.bin');

      const tried = await prune({ dry_run: true });
      const untouched = inStore();
      const { structured } = await prune();

      const path = stored('old').slice('.git/'.length);
      expect(structured).toEqual({
        effects: [{ action: 'delete', subject: path, from: lfsId('old'), to: null }],
        bytes: 3,
        failed: [],
      });
      expect(tried.structured['effects']).toEqual(structured['effects']);
      expect(untouched).toHaveLength(contents.length);
      expect(inStore().toSorted()).toEqual(
        contents
          .filter((content) => content !== 'old')
          .map(lfsId)
          .toSorted(),
      );
    });

    it('keeps what was not pushed', async () => {
      commit({ 'a.bin': 'old' });
      commit({ 'a.bin': 'new' });
      here.repo.write(stored('old'), 'old');
      here.server.has('old');

      const { structured } = await prune();

      expect(structured['effects']).toEqual([]);
      expect(inStore()).toEqual([lfsId('old')]);
    });

    it('removes nothing where the server cannot be asked', async () => {
      here.repo.write(stored('old'), 'old');
      here.server.intercept = (_request, response) => {
        response.writeHead(401).end();
        return true;
      };

      await expect(prune()).rejects.toMatchObject({ details: { reason: 'authentication' } });
      expect(inStore()).toEqual([lfsId('old')]);
    });
  });
});

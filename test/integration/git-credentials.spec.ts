import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitHttpServer } from '../support/git-http-server.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';

const { signal } = new AbortController();
const quiet = () => undefined;
const SECRET = 'hunter2-of-the-host';

describe('The credential of a host', () => {
  let repo: GitRepository;
  let far: GitRepository;
  let server: GitHttpServer;
  let services: GitServices;

  beforeEach(async () => {
    repo = new GitRepository();
    repo.commit('one');
    far = repo.cloneBare('far.git');
    server = await GitHttpServer.start(repo.root, `ada:${SECRET}`);
    repo.git(['remote', 'add', 'origin', server.url('far.git')]);
  });

  afterEach(async () => {
    await services.close();
    await server.close();
    repo.remove();
  });

  const start = async (trusted = false) => {
    services = await GitServices.start({
      roots: [repo.root],
      environment: { PATH: process.env['PATH'], TOKEN: SECRET },
      config: (git) => {
        git.remote.protocols = ['http'];
        git.remote.allowPrivateAddresses = true;
        git.trustedRoots = trusted ? [repo.root] : [];
        git.credentials = [{ host: server.host, username: 'ada', secretVariable: 'TOKEN' }];
      },
    });
    return services.locator.locate(repo.path, signal);
  };

  it('lets a clone, a fetch, a pull and a push in', async () => {
    const here = await start();
    const path = join(repo.root, 'clone');
    const pushed = repo.commit('two');

    const cloned = await services.remotes.clone({ url: server.url('far.git'), path }, quiet, signal);
    await services.remotes.push(here, { remote: 'origin', branch: 'main' }, quiet, signal);
    const updates = await services.remotes.fetch(cloned, { remote: 'origin' }, quiet, signal);
    const pulled = await services.remotes.pull(cloned, { remote: 'origin' }, quiet, signal);

    expect(far.revision('main')).toBe(pushed);
    expect(updates).toContainEqual(expect.objectContaining({ ref: 'refs/remotes/origin/main', to: pushed }));
    expect(pulled).toMatchObject({ head: pushed, outcome: 'fast-forward' });
    expect(readFileSync(join(path, '.git/config'), 'utf8')).not.toContain(SECRET);
  });

  it.each(['pre-push', 'reference-transaction'])(
    'is not seen by the hook %s of a trusted repository',
    async (hook) => {
      const seen = join(repo.root, 'seen');
      const here = await start(true);
      repo.write(
        `.git/hooks/${hook}`,
        `#!/bin/sh\nenv >>'${seen}'; cat /proc/$PPID/environ >>'${seen}'\n`,
        0o755,
      );
      await services.remotes.fetch(here, { remote: 'origin' }, quiet, signal);
      repo.commit('two');

      await services.remotes.push(here, { remote: 'origin', branch: 'main' }, quiet, signal);

      const basic = Buffer.from(`ada:${SECRET}`).toString('base64');
      const text = existsSync(seen) ? readFileSync(seen, 'utf8') : '';
      expect(text.includes(SECRET) || text.includes(basic)).toBe(false);
    },
  );
});

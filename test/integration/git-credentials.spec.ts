import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Repository } from '../../src/git/repository.js';
import { RemoteInspector } from '../../src/git/remotes/remote.inspector.js';
import { GitHttpServer } from '../support/git-http-server.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';

const { signal } = new AbortController();
const quiet = () => undefined;
const SECRET = 'hunter2 of the host:=\\';
const BASIC = Buffer.from(`ada:${SECRET}`).toString('base64');
const HOOKS = ['pre-push', 'reference-transaction'] as const;

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

  const start = async (trust: 'trusted' | 'untrusted' = 'untrusted'): Promise<Repository> => {
    services = await GitServices.start({
      roots: [repo.root],
      environment: { PATH: process.env['PATH'], TOKEN: SECRET },
      config: (git) => {
        git.remote.protocols = ['http'];
        git.remote.allowPrivateAddresses = true;
        git.trustedRoots = trust === 'trusted' ? [repo.root] : [];
        git.credentials = [{ host: server.host, username: 'ada', secretVariable: 'TOKEN' }];
      },
    });
    return services.locator.locate(repo.path, signal);
  };
  const fetch = (here: Repository) => services.remotes.fetch(here, { remote: 'origin' }, quiet, signal);
  const push = (here: Repository) =>
    services.remotes.push(here, { remote: 'origin', branch: 'main' }, quiet, signal);
  const notes = join('..', 'seen');

  it.each(['from the server', 'by the spawner'])('lets every command in that is started %s', async (way) => {
    const here = await start();
    if (way === 'by the spawner') await services.spawner.begin();
    const path = join(repo.root, 'clone');
    const pushed = repo.commit('two');

    const cloned = await services.remotes.clone({ url: server.url('far.git'), path }, quiet, signal);
    await push(here);
    const view = await services.get(RemoteInspector).view(cloned, 'origin', signal);
    const updates = await fetch(cloned);
    const pulled = await services.remotes.pull(cloned, { remote: 'origin' }, quiet, signal);

    expect(far.revision('main')).toBe(pushed);
    expect(view.branches).toContainEqual({ name: 'main', there: pushed, here: expect.any(String) });
    expect(updates).toContainEqual(expect.objectContaining({ ref: 'refs/remotes/origin/main', to: pushed }));
    expect(pulled).toMatchObject({ head: pushed, outcome: 'fast-forward' });
    expect(readFileSync(join(path, '.git/config'), 'utf8')).not.toContain('hunter2');
  });

  it.each([
    ['untrusted', 'without hooks'],
    ['trusted', 'without hooks'],
    ['trusted', 'with hooks'],
  ] as const)('lets a fetch in that connects a second time for tags: %s, %s', async (trust, hooks) => {
    const here = await start(trust);
    await fetch(here);
    const after = (parent: string) =>
      far.git(['commit-tree', '-p', parent, '-m', `after ${parent}`, 'main^{tree}']).trim();
    const tagged = after('main');
    far.branch('more', after(tagged));
    far.git(['tag', '--annotate', '--message=v1', 'v1', tagged]);
    server.includesTags = false;
    if (hooks === 'with hooks') repo.write('.git/hooks/reference-transaction', '#!/bin/sh\n', 0o755);

    server.requests.length = 0;
    await fetch(here);

    const strangers = server.requests.filter(({ authorization }) => authorization === undefined);
    expect(strangers).toHaveLength(2);
    expect(repo.revision('v1')).toBe(far.revision('v1'));
    expect(repo.revision('origin/more')).toBe(far.revision('more'));
  });

  describe.each([
    ['that asks for it', true],
    ['that does not ask', false],
  ])('of a host %s', (_title, guarded) => {
    it.each(HOOKS)('is kept from the hook %s of a trusted repository', async (hook) => {
      server.guarded = () => guarded;
      const here = await start('trusted');
      const { host } = server;
      const questions = [`Username for 'http://${host}': `, `Password for 'http://ada@${host}': `];
      far.branch('more');
      const pushed = repo.commit('two');
      const look = [
        'env; cat /proc/$PPID/fd/3',
        ...questions.map((question) => `"$GIT_ASKPASS" "${question}"`),
        'cat <&3',
        'for one in /proc/[0-9]*; do tr "\\0" "\\n" <$one/environ; tr "\\0" " " <$one/cmdline; done',
        'echo looked',
      ];
      repo.write(
        `.git/hooks/${hook}`,
        `#!/bin/sh\n{ ${look.join('\n')}\n} >>'${repo.file(notes)}' 2>&1\n`,
        0o755,
      );

      await fetch(here);
      await push(here);

      const seen = repo.read(notes);
      expect(far.revision('main')).toBe(pushed);
      expect(repo.revision('origin/more')).toBe(far.revision('more'));
      expect(seen).toContain('looked');
      expect(seen.includes(SECRET) || seen.includes(BASIC)).toBe(false);
    });
  });

  it('is kept from the hook where the host asks after it, and the push fails', async () => {
    server.guarded = (path) => path.endsWith('/git-receive-pack');
    const here = await start('trusted');
    repo.write('.git/hooks/pre-push', '#!/bin/sh\n', 0o755).commit('two');

    await expect(push(here)).rejects.toMatchObject({ details: { reason: 'authentication' } });
  });

  it('keeps no hook of a trusted repository from its work', async () => {
    repo.config('core.hooksPath', 'own hooks');
    const say = `echo "$(cat) $1 $(git config core.hooksPath)" >'${repo.file(notes)}'`;
    repo.write('own hooks/pre-push', `#!/bin/sh\n${say}\necho "not today" >&2\nexit 1\n`, 0o755);
    const here = await start('trusted');
    const before = far.revision('main');
    repo.commit('two');

    await expect(push(here)).rejects.toMatchObject({ code: 'operation_failed' });

    expect(far.revision('main')).toBe(before);
    expect(repo.read(notes)).toContain(`refs/heads/main ${before} ${server.url('far.git')} own hooks`);
  });

  it('runs no hook of a repository that nobody trusts', async () => {
    const here = await start();
    repo.commit('two');
    for (const hook of HOOKS) repo.write(`.git/hooks/${hook}`, `#!/bin/sh\n>'${repo.file(notes)}'\n`, 0o755);

    await push(here);
    await fetch(here);

    expect(repo.has(notes)).toBe(false);
  });
});

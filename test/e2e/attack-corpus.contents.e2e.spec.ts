import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { existsSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { AttackPlace } from '../support/attacks/attack-place.js';
import { type Answered, AttackServer, faultsOf, outcomeOf } from '../support/attacks/attack-server.js';
import { hideEverywhere, PATCH_CASES } from '../support/attacks/unseen-cases.js';

/** C0 but line ends and tabs, DEL and C1, and what formats without being seen. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const UNSEEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]|\p{Cf}/u;

const textOf = ({ frame }: Answered): string =>
  (frame['result'] as { content: { text: string }[] } | undefined)?.content[0]?.text ??
  JSON.stringify(frame['error']);

describe('47 what nobody sees, in everything that somebody may write', () => {
  let server: AttackServer;
  let answered: readonly Answered[];

  beforeAll(async () => {
    const places = AttackPlace.several(3);
    for (const place of places) {
      hideEverywhere(place);
      place.seal();
    }
    server = await AttackServer.start(places);
    answered = await server.everyTool();
  }, 300_000);

  afterAll(() => server?.stop());

  it('is written out in the text of every answer and every refusal', () => {
    const hidden = answered.filter((one) => UNSEEN.test(textOf(one)));

    expect(hidden.map(({ tool }) => tool)).toEqual([]);
    expect(faultsOf(answered)).toEqual([]);
  });

  it.each([
    'git_log',
    'git_show',
    'git_status',
    'git_branch',
    'git_tag',
    'git_stash',
    'git_diff',
    'git_config',
  ])('is seen by %s, and shown as what it is', (name) => {
    const texts = answered.filter(({ tool }) => tool === name).map(textOf);

    expect(texts.some((text) => text.includes(String.raw`\u{202e}`))).toBe(true);
  });
});

describe('42 a patch', () => {
  let place: AttackPlace;
  let server: AttackServer;

  beforeAll(async () => {
    place = AttackPlace.make();
    symlinkSync(place.outside, join(place.repo, 'leads-out'));
    place.repository.stage('leads-out').commit('a link');
    place.seal();
    server = await AttackServer.start([place]);
  });

  afterAll(() => server?.stop());

  it.each(PATCH_CASES.flatMap((one) => ['worktree', 'index', 'both'].map((to) => ({ ...one, to }))))(
    'writes nothing $title (to $to)',
    async ({ patch, to }) => {
      place.restore();
      place.touch();
      const hooks = readdirSync(join(place.repo, '.git/hooks'));

      const { frame, ran } = await server
        .lane(place)
        .attack('git_apply', { repo_path: place.repo, patch: patch(place), to });

      expect(outcomeOf(frame)).toMatch(/^(operation_failed|path_not_allowed|validation_failed)$/);
      expect(ran).toEqual([]);
      expect(place.outsideChanged()).toBe(false);
      expect(readdirSync(join(place.repo, '.git/hooks'))).toEqual(hooks);
    },
  );
});

describe('9, 11, 43 a place for something new', () => {
  let place: AttackPlace;
  let server: AttackServer;

  beforeAll(async () => {
    place = AttackPlace.make();
    symlinkSync(place.outside, join(place.repo, 'leads-out'));
    place.seal();
    server = await AttackServer.start([place]);
  });

  afterAll(() => server?.stop());

  const PLACES: readonly (readonly [string, (place: AttackPlace) => string])[] = [
    ['outside', ({ outside }) => join(outside, 'new')],
    ['above', ({ repo }) => `${repo}/../../outside/new`],
    ['behind a link that leads out', ({ repo }) => join(repo, 'leads-out/new')],
    ['beside the root with its name before', ({ roots }) => `${roots}-evil`],
    ["in git's folder", ({ repo }) => join(repo, '.git/hooks/post-checkout')],
    ["in git's folder, in capital letters", ({ repo }) => join(repo, '.GIT/hooks/post-checkout')],
    ['in the folder of a bare repository', ({ remote }) => join(remote, 'hooks')],
    ['of no name', () => ''],
    ['with NUL', ({ roots }) => join(roots, 'a\0b')],
  ];
  const MAKERS: readonly (readonly [
    string,
    (path: string, place: AttackPlace) => Record<string, unknown>,
  ])[] = [
    ['git_init', (path) => ({ repo_path: path })],
    ['git_clone', (path, { remote }) => ({ url: remote, repo_path: path })],
    ['git_worktree', (path, { repo }) => ({ repo_path: repo, action: 'add', path, branch: 'spare' })],
    ['git_isolate', (path, { repo }) => ({ repo_path: repo, action: 'start', path, branch: 'fresh' })],
    ['git_archive', (path, { repo }) => ({ repo_path: repo, output: path })],
    ['git_bundle', (path, { repo }) => ({ repo_path: repo, action: 'create', file: path })],
  ];

  // Without a path git_isolate takes one of its own.
  const given = MAKERS.flatMap(([tool, args]) =>
    PLACES.map(([where, path]) => ({ tool, args, where, path })),
  ).filter(({ tool, where }) => tool !== 'git_isolate' || where !== 'of no name');

  it.each(given)('$where is given to nothing that $tool makes', async ({ tool, args, path }) => {
    place.restore();
    place.touch();
    const hooks = readdirSync(join(place.repo, '.git/hooks'));

    const { frame } = await server.lane(place).attack(tool, args(path(place), place));

    expect(outcomeOf(frame)).toMatch(
      /^(operation_failed|path_not_allowed|validation_failed|not_a_repository)$/,
    );
    expect(place.outsideChanged()).toBe(false);
    expect(readdirSync(place.base)).not.toContain('roots-evil');
    expect(readdirSync(join(place.repo, '.git/hooks'))).toEqual(hooks);
  });

  it('of the server’s choosing is made where it may be', async () => {
    for (const [tool, args] of MAKERS) {
      place.restore();
      place.touch();
      const { frame } = await server.lane(place).attack(tool, args(join(place.roots, 'fresh'), place));

      expect([tool, outcomeOf(frame)]).toEqual([tool, 'served']);
    }
  });
});

describe('A clone of a repository that somebody prepared', () => {
  let place: AttackPlace;
  let server: AttackServer;

  beforeAll(async () => {
    place = AttackPlace.make();
    server = await AttackServer.start([place]);
  });

  afterAll(() => server?.stop());

  it.each<readonly [string, (place: AttackPlace) => void]>([
    [
      'CVE-2022-39253, CVE-2024-32021 whose objects are links that lead out',
      ({ remote, outside }) => {
        const objects = join(outside, 'private/.git/objects');
        for (const name of readdirSync(objects).filter((one) => /^[0-9a-f]{2}$/.test(one))) {
          rmSync(join(remote, 'objects', name), { recursive: true, force: true });
          symlinkSync(join(objects, name), join(remote, 'objects', name));
        }
      },
    ],
    [
      'CVE-2024-32004 with programs of its own',
      (prepared) => {
        for (const key of [
          'core.fsmonitor',
          'uploadpack.packObjectsHook',
          'core.sshCommand',
          'core.hooksPath',
        ])
          prepared.repository.git(['--git-dir', prepared.remote, 'config', key, prepared.program('source')]);
      },
    ],
    [
      'CVE-2024-32002, CVE-2025-48384 with submodules in folders of other names, whose hooks would run',
      ({ repository, repo, remote }) => {
        const head = repository.head();
        repository.write(
          '.gitmodules',
          `[submodule "x"]\n\tpath = "A/modules/x\\r"\n\turl = ${remote}\n[submodule "a"]\n\tpath = a\n\turl = ../remote.git\n`,
        );
        symlinkSync('.git', join(repo, 'a'));
        repository
          .stage('.gitmodules', 'a')
          .git(['update-index', '--add', '--cacheinfo', `160000,${head},A/modules/x`]);
        repository.commit('submodules');
        repository.git(['push', '--quiet', '--force', 'origin', 'main']);
      },
    ],
    [
      'CVE-2021-21300 whose attributes ask for filters through a link',
      ({ repository, repo }) => {
        repository
          .write('.gitattributes', 'A/* filter=lfs delay\n')
          .write('A/post-checkout', '#!/bin/sh\n', 0o755);
        symlinkSync('.git/hooks', join(repo, 'b-link'));
        repository.stage('.gitattributes', 'A', 'b-link').commit('a link');
        repository.git(['push', '--quiet', '--force', 'origin', 'main']);
      },
    ],
  ])('runs nothing, and brings nothing from outside: %s', async (_title, prepare) => {
    place.restore();
    place.touch();
    prepare(place);
    const fresh = join(place.roots, 'fresh');
    const lane = server.lane(place);

    const calls = [
      await lane.attack('git_clone', { url: place.remote, repo_path: fresh }),
      await lane.attack('git_status', { repo_path: fresh }),
      await lane.attack('git_log', { repo_path: fresh }),
    ];

    expect(calls.flatMap(({ ran }) => ran)).toEqual([]);
    expect(faultsOf(calls)).toEqual([]);
    expect(place.outsideChanged()).toBe(false);
    const hooks = join(fresh, '.git/hooks');
    expect(existsSync(hooks) ? readdirSync(hooks) : []).toEqual([]);
  });
});

describe('20 where only https is allowed', () => {
  let place: AttackPlace;
  let server: AttackServer;

  beforeAll(async () => {
    place = AttackPlace.make();
    server = await AttackServer.start([place], {
      remote: { protocols: ['https'], allowPrivateAddresses: false, sessionCredentials: true },
    });
  });

  afterAll(() => server?.stop());

  it('no tool reaches a repository of this machine, though git itself would', async () => {
    place.repository.config('protocol.file.allow', 'always').config('protocol.allow', 'always');
    place.repository.git(['fetch', '--quiet', 'origin']);

    const answered = await server.everyTool({ tools: server.remoteTools });

    const outcomes = answered
      .filter(({ tool }) =>
        ['git_fetch', 'git_pull', 'git_push', 'git_clone', 'git_remote_show'].includes(tool),
      )
      .map(({ tool, frame }) => `${tool}: ${outcomeOf(frame)}`);
    expect(outcomes.length).toBeGreaterThan(4);
    expect(outcomes.filter((one) => !one.endsWith('forbidden'))).toEqual([]);
  });
});

describe('46 a host that asks for a password', () => {
  let place: AttackPlace;
  let server: AttackServer;
  let host: Server;
  let asked = 0;

  beforeAll(async () => {
    place = AttackPlace.make();
    host = createServer((_, response) => {
      asked += 1;
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
    });
    await new Promise<void>((resolve) => void host.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(host.address() as AddressInfo).port}/x.git`;
    place.repository.git(['remote', 'set-url', 'origin', url]);
    place.repository.config('core.askPass', place.program('askpass'));
    place.repository.config('credential.helper', `!${place.program('helper')}`);
    place.repository.config(`credential.${url}.helper`, `!${place.program('helper-of-url')}`);
    place.seal();
    server = await AttackServer.start([place], {
      remote: { protocols: ['http'], allowPrivateAddresses: true, sessionCredentials: true },
    });
  });

  afterAll(async () => {
    await server?.stop();
    await new Promise((resolve) => void host.close(resolve));
  });

  it.each(['git_fetch', 'git_pull', 'git_push', 'git_remote_show'])(
    'is refused by %s at once: nobody is asked, and no program',
    async (tool) => {
      const { frame, ran } = await server.lane(place).attack(tool, { repo_path: place.repo });

      expect(frame['error']).toMatchObject({
        code: 'operation_failed',
        details: { reason: 'authentication' },
      });
      expect(ran).toEqual([]);
      expect(asked).toBeGreaterThan(0);
    },
  );
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { AttackPlace } from '../support/attacks/attack-place.js';
import { type Answered, AttackServer, faultsOf, outcomeOf } from '../support/attacks/attack-server.js';
import { ListeningForge, textBelow } from '../support/attacks/listening-forge.js';
import { PRIVATE_HOSTS, urlsAt } from '../support/attacks/private-hosts.js';
import { GitRepository } from '../support/git-repository.js';
import { ServerProcess } from '../support/server-process.js';
import { TestClient } from '../support/test-client.js';

const NETWORK = ['git_fetch', 'git_pull', 'git_push'];
const program = (place: AttackPlace) => `ext::sh -c ${place.program('ext')}`;

interface RemoteCase {
  readonly title: string;
  readonly prepare: (place: AttackPlace) => void;
  /** Of these tools, or of all that need a remote, every call is refused. */
  readonly refused: readonly string[];
}

const CASES: readonly RemoteCase[] = [
  {
    title: '16 a remote that is a program',
    prepare: (place) =>
      void place.repository
        .config('protocol.ext.allow', 'always')
        .git(['config', 'remote.origin.url', program(place)]),
    refused: NETWORK,
  },
  {
    title: '16 a remote that is a program in capital letters',
    prepare: (place) => {
      place.repository.config('PROTOCOL.ALLOW', 'always').config('Protocol.Ext.Allow', 'always');
      place.repository.git(['config', 'remote.origin.url', program(place).replace('ext', 'EXT')]);
      place.repository.git(['config', 'remote.origin.pushurl', program(place)]);
    },
    refused: NETWORK,
  },
  {
    title: '17 a URL that becomes a program',
    prepare: (place) =>
      void place.repository
        .config('protocol.ext.allow', 'always')
        .config(`url.${program(place)}.insteadOf`, place.roots),
    refused: NETWORK,
  },
  {
    title: '17 a URL that becomes a repository outside',
    prepare: ({ repository, outside, remote }) =>
      void repository.config(`url.${join(outside, 'private')}.insteadOf`, remote),
    refused: NETWORK,
  },
  {
    title: '17 a URL to push to that becomes a repository outside',
    prepare: ({ repository, outside, remote }) =>
      void repository.config(`url.${join(outside, 'private')}.pushInsteadOf`, remote),
    refused: NETWORK,
  },
  {
    title: '18 a remote of another system',
    prepare: (place) =>
      void place.repository.config('protocol.ext.allow', 'always').config('remote.origin.vcs', 'ext'),
    refused: NETWORK,
  },
  {
    title: '19 a URL to push to, outside',
    prepare: ({ repository, outside }) =>
      void repository.config('remote.origin.pushurl', join(outside, 'private')),
    refused: ['git_push'],
  },
  {
    title: '30 a proxy of git',
    prepare: (place) => void place.repository.config('core.gitProxy', place.program('proxy')),
    refused: NETWORK,
  },
  {
    title: '41 a remote outside',
    prepare: ({ repository, outside }) =>
      void repository.git(['config', 'remote.origin.url', join(outside, 'private')]),
    refused: NETWORK,
  },
  {
    title: '41 a remote that borrows from outside',
    prepare: ({ remote, outside }) =>
      writeFileSync(join(remote, 'objects/info/alternates'), `${join(outside, 'private/.git/objects')}\n`),
    refused: NETWORK,
  },
];

describe('A remote', () => {
  let places: readonly AttackPlace[];
  let server: AttackServer;
  let answered: readonly (readonly Answered[])[];

  beforeAll(async () => {
    places = AttackPlace.several(CASES.length);
    for (const [index, { prepare }] of CASES.entries()) {
      const place = places[index] as AttackPlace;
      prepare(place);
      place.seal();
    }
    server = await AttackServer.start(places);
    answered = await server.eachPlace(async (lane) => {
      const calls: Answered[] = [];
      for (const tool of server.remoteTools) calls.push(...(await lane.tool(tool)));
      return calls;
    });
  }, 300_000);

  afterAll(() => server?.stop());

  it.each(CASES.map((remote, index) => ({ ...remote, index })))(
    'is reached by no tool: $title',
    ({ refused, index }) => {
      const calls = answered[index] ?? [];
      const served = calls.filter(
        ({ tool, frame }) => refused.includes(tool) && outcomeOf(frame) === 'served',
      );

      expect(served.map(({ tool }) => tool)).toEqual([]);
      expect(calls.flatMap(({ tool, ran }) => ran.map((name) => `${tool}: ${name}`))).toEqual([]);
      expect(faultsOf(calls)).toEqual([]);
      expect(places[index]?.outsideChanged()).toBe(false);
    },
  );
});

describe('21 addresses that are nobody else’s business', () => {
  let place: AttackPlace;
  let server: AttackServer;
  let inside: Server;
  let connections = 0;

  beforeAll(async () => {
    place = AttackPlace.make();
    inside = createServer((_, response) => response.writeHead(404).end());
    inside.on('connection', () => (connections += 1));
    await new Promise<void>((resolve) => void inside.listen(0, resolve));
    server = await AttackServer.start([place], {
      remote: {
        protocols: ['https', 'http', 'ssh', 'git', 'file'],
        allowPrivateAddresses: false,
        sessionCredentials: true,
      },
    });
  });

  afterAll(async () => {
    await server?.stop();
    await new Promise((resolve) => void inside.close(resolve));
  });

  it.each(PRIVATE_HOSTS)('%s is not connected to', async (host) => {
    const { port } = inside.address() as AddressInfo;

    for (const url of urlsAt(host, port)) {
      const clone = await server
        .lane(place)
        .call('git_clone', { url, repo_path: join(place.roots, 'fresh') });
      const added = await server
        .lane(place)
        .call('git_remote', { repo_path: place.repo, action: 'add', name: 'x', url });
      expect([outcomeOf(clone), outcomeOf(added)]).toEqual(
        expect.arrayContaining([expect.stringMatching(/^(forbidden|operation_failed)$/)]),
      );
      expect([outcomeOf(clone), outcomeOf(added)]).not.toContain('served');
    }
    expect(connections).toBe(0);
  });
});

describe('48 the credential of a host', () => {
  const SECRET = 'hunter2-and-more';
  let repository: GitRepository;
  let forge: ListeningForge;
  let server: ServerProcess;
  let client: TestClient;

  beforeAll(async () => {
    repository = new GitRepository();
    repository.commit('one');
    mkdirSync(join(repository.root, 'secrets'));
    const secretFile = join(repository.root, 'secrets/forge');
    writeFileSync(secretFile, `${SECRET}\n`);
    forge = await ListeningForge.start();
    const { host } = forge;
    repository.git(['remote', 'add', 'origin', `http://${host}/x.git`]);
    server = await ServerProcess.start({
      env: {
        MCP_GIT_REPOSITORY: repository.path,
        MCP_GIT_GIT_REMOTE_ALLOW_PRIVATE_ADDRESSES: 'true',
        MCP_GIT_GIT_REMOTE_PROTOCOLS: 'http',
        MCP_GIT_GIT_CREDENTIALS: JSON.stringify([{ host, username: 'ada', secretFile }]),
        MCP_GIT_LOG_LEVEL: 'debug',
      },
    });
    client = await TestClient.connect(server.webSocketUrl);
  });

  afterAll(async () => {
    await client?.close();
    await server?.stop();
    await forge?.close();
    repository?.remove();
  });

  it('is shown to the host and stands nowhere else', async () => {
    const params = { name: 'git_fetch', arguments: { repo_path: repository.path } };
    const frame = await client.request('tools/call', { params });

    const encoded = Buffer.from(`ada:${SECRET}`).toString('base64');
    expect(forge.headers).toContain(`Basic ${encoded}`);
    expect(outcomeOf(frame)).toBe('operation_failed');
    expect(forge.commandLines).toContain('git-remote-http');
    const places = {
      commandLines: forge.commandLines,
      environments: forge.environments,
      logs: server.logs,
      answer: JSON.stringify(frame),
      repository: textBelow(join(repository.path, '.git')),
    };
    for (const [name, text] of Object.entries(places)) {
      expect([name, text.includes(SECRET) || text.includes(encoded)]).toEqual([name, false]);
    }
  });
});

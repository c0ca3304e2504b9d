import { spawnSync } from 'node:child_process';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { outcomeOf } from '../support/attacks/attack-server.js';
import { GitRepository } from '../support/git-repository.js';
import { ServerProcess } from '../support/server-process.js';
import { TestClient } from '../support/test-client.js';
import { Figures, ROOT } from './support/figures.js';
import { HostileWorld } from './support/hostile-world.js';
import { Network } from './support/network.js';

/** Public by its number; in a network of its own it is whoever has it there. */
const APPROVED = '93.184.215.14';
const INSIDE = ['127.0.0.1', '169.254.169.254', '10.1.2.3'];
const PROTOCOLS = ['http', 'https', 'ssh', 'git'];
/** Every status by which a host sends on, to every address inside. */
const MOVES = 15;
const CALLS: readonly (readonly [tool: string, args: object])[] = [
  ['git_fetch', { remote: 'there' }],
  ['git_pull', { remote: 'there', branch: 'main' }],
  ['git_push', { remote: 'there', branch: 'main' }],
];

describe('Remotes that lead inside once they have been looked at', () => {
  let repository: GitRepository;
  let network: Network | undefined;
  let world: HostileWorld;
  let server: ServerProcess;
  let client: TestClient;
  let names = 0;

  beforeEach(async (context) => {
    if (!ROOT) context.skip('needs the right to make a network namespace');
    repository = new GitRepository();
    repository.commitFiles('first', { 'file.txt': 'one\n' });
    network = new Network();
    world = await HostileWorld.start(network, APPROVED, INSIDE);
    server = await ServerProcess.start({
      env: {
        MCP_GIT_REPOSITORY: repository.root,
        MCP_GIT_LOG_LEVEL: 'warn',
        MCP_GIT_AUTH_ALLOW_ANONYMOUS: 'true',
        MCP_GIT_GATEWAY_ALLOWED_HOSTS: network.inside,
        MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false',
        MCP_GIT_RESILIENCE_RETRY_MAX_ATTEMPTS: '1',
        MCP_GIT_GIT_REMOTE_PROTOCOLS: PROTOCOLS.join(':'),
      },
      flags: ['--host', network.inside],
      through: network.within,
    });
    client = await TestClient.connect(server.webSocketUrl);
  });

  afterEach(async () => {
    await client?.close();
    await server?.stop();
    await world?.stop();
    network?.remove();
    repository?.remove();
  });

  const call = async (name: string, args: object): Promise<string> =>
    outcomeOf(await client.request('tools/call', { params: { name, arguments: args } }));

  /** Every tool that talks to a remote. @param url of a name, each time another one */
  const callsWith = (url: (host: string) => string, kind: string) =>
    [['git_clone', {}] as const, ...CALLS].map(([tool, args]) => {
      const address = url(`${kind}-${(names += 1)}.example`);
      const fresh = { url: address, repo_path: `${repository.root}/fresh` };
      return async () => {
        if (tool === 'git_clone') return call(tool, fresh);
        repository.git(['config', 'remote.there.url', address]);
        return call(tool, { repo_path: repository.path, ...args });
      };
    });
  /** git by itself, which is led inside: the proof that this world can do that. */
  const plainGit = (url: string): void => {
    const [program = '', ...args] = [...(network?.within ?? []), 'git', '-c', 'http.followRedirects=true'];
    spawnSync(program, [...args, 'ls-remote', url], { timeout: 10_000 });
  };

  it('a name that stands for another address as soon as it is approved: the approved one is asked', async (context) => {
    const figures = new Figures(context, 23);
    const calls = PROTOCOLS.flatMap((protocol) =>
      callsWith((host) => `${protocol}://${host}/x.git`, 'rebinds'),
    );
    const outcomes = { first: [] as string[], later: [] as string[] };
    let reached = 0;

    for (const one of calls) {
      const before = (await world.connections())[APPROVED] ?? 0;
      outcomes.first.push(await one());
      if (((await world.connections())[APPROVED] ?? 0) > before) reached += 1;
      outcomes.later.push(await one());
    }

    figures.exactly('calls', calls.length, PROTOCOLS.length * (CALLS.length + 1));
    figures.exactly('of them to the address that was approved', reached, calls.length);
    const refused = outcomes.later.filter((outcome) => outcome === 'forbidden');
    expect(outcomes.first).not.toContain('served');
    figures.exactly('refused once the name stands for an address inside', refused.length, calls.length);
    figures.exactly('connections to an address inside', countInside(await world.connections()), 0);
    for (let time = 0; time < 2; time += 1) plainGit('http://rebinds-trap.example/x.git');
    expect(countInside(await world.connections())).toBeGreaterThan(0);
  }, 120_000);

  it('a host that sends on to an address inside: it is not followed', async (context) => {
    const figures = new Figures(context, 23);
    const outcomes: string[] = [];

    for (let number = 0; number < MOVES; number += CALLS.length + 1)
      for (const one of callsWith((host) => `http://${host}/x.git`, 'moves')) outcomes.push(await one());

    figures.atLeast('calls that are sent on', (await world.connections())[APPROVED] ?? 0, MOVES);
    figures.exactly('of them served', outcomes.filter((outcome) => outcome === 'served').length, 0);
    figures.exactly('connections to an address inside', countInside(await world.connections()), 0);
    plainGit('http://moves-0.example/x.git');
    expect(countInside(await world.connections())).toBeGreaterThan(0);
  }, 120_000);
});

function countInside(seen: Readonly<Record<string, number>>): number {
  return INSIDE.reduce((sum, address) => sum + (seen[address] ?? 0), 0);
}

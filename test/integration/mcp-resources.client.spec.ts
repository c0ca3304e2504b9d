import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { GitConfig } from '../../src/config/sections/index.js';
import { MetricsRegistry } from '../../src/observability/metrics.registry.js';
import { eventually } from '../support/eventually.js';
import { GitRepository } from '../support/git-repository.js';
import { WebSocketClientTransport } from '../support/mcp/websocket-client.transport.js';
import { TestServer } from '../support/test-server.js';

const LEGACY = '2025-11-25';
const FILE = 'git:///{repository}/file/{revision}/{+path}';

const WAYS_IN = ['http', 'websocket'].flatMap((door) => [LEGACY, '2026-07-28'].map((era) => ({ door, era })));

describe.each(WAYS_IN)('Resources over $door in the era $era', ({ door, era }) => {
  let repo: GitRepository;
  let server: TestServer;
  let client: Client;
  let updated: string[];

  beforeEach(async () => {
    repo = new GitRepository();
    repo.commitFiles('one', { 'src/a.txt': 'one' });
    const git = Object.assign(new GitConfig(), { roots: [repo.root] });
    server = await TestServer.start({ settings: { git, mcp: { watchInterval: 60 } } });
    const mode = era === LEGACY ? ('legacy' as const) : { pin: era };
    client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
    updated = [];
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      updated.push(params.uri);
    });
    await client.connect(
      door === 'http'
        ? new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${server.port}/mcp`))
        : new WebSocketClientTransport(server.url),
    );
  });

  afterEach(async () => {
    await client.close();
    await server.stop();
    repo.remove();
  });

  const uri = (rest: string) => `git:///${encodeURIComponent(repo.path)}/${rest}`;

  /** As each era has it; the function ends it. */
  async function subscribe(...uris: readonly string[]): Promise<() => Promise<unknown>> {
    if (era !== LEGACY) {
      const subscription = await client.listen({ resourceSubscriptions: [...uris] });
      return () => subscription.close();
    }
    for (const one of uris) await client.subscribeResource({ uri: one });
    return () => Promise.all(uris.map((one) => client.unsubscribeResource({ uri: one })));
  }

  async function watched(): Promise<number | undefined> {
    const registry = server.app.get<MetricsRegistry>(MetricsRegistry);
    return (await registry.getSingleMetric('mcp_git_watched_resources')?.get())?.values[0]?.value;
  }

  it('are listed, read and completed', async () => {
    const { resources } = await client.listResources();
    const { resourceTemplates } = await client.listResourceTemplates();
    const { contents } = await client.readResource({ uri: uri('file/HEAD/src/a.txt') });
    const { completion } = await client.complete({
      ref: { type: 'ref/resource', uri: FILE },
      argument: { name: 'path', value: 'src/' },
      context: { arguments: { repository: repo.path, revision: 'main' } },
    });

    expect(resources.map((resource) => resource.uri)).toContain(uri('status'));
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toContain(FILE);
    expect(contents).toEqual([{ uri: uri('file/HEAD/src/a.txt'), mimeType: 'text/plain', text: 'one' }]);
    expect(completion).toMatchObject({ values: ['src/a.txt'], hasMore: false });
  });

  it('that do not exist are "not found", with their URI', async () => {
    const missing = uri('file/HEAD/missing');

    await expect(client.readResource({ uri: missing })).rejects.toMatchObject({ data: { uri: missing } });
  });

  it('tell of their changes until the subscription ends', async () => {
    const end = await subscribe(uri('file/main/src/a.txt'), uri('status'));

    repo.commitFiles('two', { 'src/a.txt': 'two' });
    await eventually(() => expect(updated).toContain(uri('file/main/src/a.txt')));
    repo.write('new.txt', 'new');
    await eventually(() => expect(updated).toContain(uri('status')));
    expect(await watched()).toBe(2);
    await end();

    await eventually(async () => expect(await watched()).toBe(0));
  });

  it('are watched no longer when the client goes', async () => {
    await subscribe(uri('HEAD'));
    expect(await watched()).toBe(1);

    await client.close();

    // A session over HTTP stays for its client to come back.
    const expected = door === 'http' && era === LEGACY ? 1 : 0;
    await eventually(async () => expect(await watched()).toBe(expected));
  });

  it('that cannot be read cannot be watched', async () => {
    await expect(subscribe(uri('commit/nowhere'))).rejects.toThrow('names no commit');

    expect(await watched()).toBe(0);
  });
});

it('Every stream over HTTP hears of a change once, however many listen', async () => {
  const repo = new GitRepository();
  repo.commit('one');
  const git = Object.assign(new GitConfig(), { roots: [repo.root] });
  const server = await TestServer.start({ settings: { git, mcp: { watchInterval: 60 } } });
  const uri = `git:///${encodeURIComponent(repo.path)}/HEAD`;
  const heard: string[] = [];
  const clients = ['ada', 'bob', 'eve'].map((name) => {
    const client = new Client(
      { name, version: '1' },
      { versionNegotiation: { mode: { pin: '2026-07-28' } } },
    );
    client.setNotificationHandler('notifications/resources/updated', () => void heard.push(name));
    return client;
  });
  onTestFinished(async () => {
    for (const client of clients) await client.close();
    await server.stop();
    repo.remove();
  });
  for (const client of clients) {
    const url = new URL(`http://127.0.0.1:${server.port}/mcp`);
    await client.connect(new StreamableHTTPClientTransport(url));
    await client.listen({ resourceSubscriptions: [uri] });
  }

  repo.commit('two');
  await eventually(() => expect(heard).toHaveLength(3));
  repo.commit('three');
  await eventually(() => expect(heard).toHaveLength(6));

  expect(heard.toSorted()).toEqual(['ada', 'ada', 'bob', 'bob', 'eve', 'eve']);
});

it('What is given up while it is set up is no subscription over WebSocket', async () => {
  const repo = new GitRepository();
  repo.commit('one');
  const git = Object.assign(new GitConfig(), { roots: [repo.root] });
  const server = await TestServer.start({ settings: { git, mcp: { maxSubscriptions: 1 } } });
  const client = new Client(
    { name: 'test', version: '1' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  onTestFinished(async () => {
    await client.close();
    await server.stop();
    repo.remove();
  });
  await client.connect(new WebSocketClientTransport(server.url));
  const resourceSubscriptions = [`git:///${encodeURIComponent(repo.path)}/HEAD`];
  const giveUp = new AbortController();

  const given = client.listen({ resourceSubscriptions }, { signal: giveUp.signal });
  giveUp.abort();
  await expect(given).rejects.toBeInstanceOf(Error);

  // The only one that there may be.
  await expect(client.listen({ resourceSubscriptions })).resolves.toBeDefined();
});

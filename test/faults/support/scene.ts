import { afterEach, beforeEach } from 'vitest';

import { GitRepository } from '../../support/git-repository.js';
import { ServerProcess } from '../../support/server-process.js';
import { type Frame, TestClient } from '../../support/test-client.js';
import { LoadProcess } from './load-process.js';

/** A repository, the server in front of it, and clients: new for each scenario, and gone after it. */
export interface Scene {
  repository: GitRepository;
  server: ServerProcess;
  readonly clients: TestClient[];
  /** Of clients; ended with the scenario. */
  readonly processes: { stop(): Promise<void> }[];
  start(env?: Readonly<Record<string, string>>, flags?: readonly string[]): Promise<void>;
  connect(): Promise<TestClient>;
  /** Clients that make load, with so many sessions. */
  load(sessions: number, token?: string): Promise<LoadProcess>;
  /** Calls a tool on the repository. */
  call(client: TestClient, name: string, args?: object, more?: object): Promise<Frame>;
}

/** @param prepare makes the repository where the usual one with a file does not do; called before each scenario */
export function scene(prepare = usual): Scene {
  const here: Scene = {
    repository: undefined as unknown as GitRepository,
    server: undefined as unknown as ServerProcess,
    clients: [],
    processes: [],
    async start(env = {}, flags = []) {
      const settings = { MCP_GIT_REPOSITORY: here.repository.root, MCP_GIT_LOG_LEVEL: 'warn', ...env };
      here.server = await ServerProcess.start({ env: settings, flags });
    },
    async connect() {
      const client = await TestClient.connect(here.server.webSocketUrl);
      here.clients.push(client);
      return client;
    },
    async load(sessions, token) {
      const load = await LoadProcess.start(here.server.webSocketUrl, sessions, token);
      here.processes.push(load);
      return load;
    },
    call: (client, name, args = {}, more = {}) =>
      client.request('tools/call', {
        params: { name, arguments: { repo_path: here.repository.path, ...args } },
        ...more,
      }),
  };
  beforeEach(() => {
    here.repository = prepare();
  });
  afterEach(async () => {
    await Promise.all(here.processes.splice(0).map((one) => one.stop()));
    await Promise.all(here.clients.splice(0).map((client) => client.close()));
    await here.server.stop();
    here.repository.remove();
  });
  return here;
}

function usual(): GitRepository {
  const repository = new GitRepository();
  repository.commitFiles('first', { 'file.txt': 'one\n' });
  return repository;
}

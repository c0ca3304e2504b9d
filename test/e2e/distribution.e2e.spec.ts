import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { listSettings } from '../../src/config/settings.js';
import { PROMPT_RECIPES } from '../../src/mcp/prompts/index.js';
import {
  installProgram,
  introducedOverHttp,
  introducedOverStdio,
  readJson,
  ROOT,
  type StdioServer,
} from '../support/documented-client.js';
import { eventually } from '../support/eventually.js';
import { GitRepository } from '../support/git-repository.js';
import { ServerProcess } from '../support/server-process.js';

interface Argument {
  readonly type: 'positional' | 'named';
  readonly name?: string;
  readonly value?: string;
  readonly valueHint?: string;
}

interface Variable {
  readonly name: string;
  readonly default?: string;
}

interface Package {
  readonly registryType: string;
  readonly identifier: string;
  readonly version: string;
  readonly runtimeHint: string;
  readonly transport: { readonly type: string; readonly url?: string };
  readonly packageArguments: readonly Argument[];
  readonly environmentVariables: readonly Variable[];
}

interface Registered {
  readonly $schema: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly version: string;
  readonly packages: readonly Package[];
}

interface Bundle {
  readonly manifest_version: string;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly server: {
    readonly type: string;
    readonly entry_point: string;
    readonly mcp_config: StdioServer;
  };
  readonly compatibility: { readonly runtimes: { readonly node: string } };
  readonly user_config: Readonly<Record<string, { readonly type: string; readonly multiple?: boolean }>>;
}

const ours = readJson<{
  name: string;
  version: string;
  mcpName: string;
  license: string;
  engines: { node: string };
  bin: Record<string, string>;
}>('package.json');
const TOKEN = 'YOUR_TOKEN';
const clients = readFileSync(join(ROOT, 'docs/clients.md'), 'utf8');
const variables = new Set(
  listSettings().flatMap(({ variable, shortVariables }) => [variable, ...shortVariables]),
);

let repo: GitRepository;
/** A PATH with the program on it. */
let programs: string;

beforeAll(() => {
  repo = new GitRepository();
  repo.commit('first');
  programs = installProgram(join(repo.root, 'programs'));
});

afterAll(() => {
  repo.remove();
});

/** The blocks of one language under a heading. */
function blocks(language: string, heading?: string): string[] {
  const sections = clients.split(/^## /m);
  const text = heading === undefined ? clients : (sections.find((one) => one.startsWith(heading)) ?? '');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, block]) => block ?? '',
  );
}

/** Every object in it that names a command or an address. */
function serversIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('command' in value || 'url' in value) return [value as Record<string, unknown>];
  return Object.values(value).flatMap(serversIn);
}

function filledIn(server: StdioServer): StdioServer {
  const args = server.args.map((word) =>
    word.replace('/path/to/repositories', repo.root).replace('${workspaceFolder}', repo.path),
  );
  return { ...server, args };
}

describe('docs/clients.md', () => {
  it('holds JSON that parses, each block of which names one server', () => {
    const named = blocks('json').map((block) => serversIn(JSON.parse(block)).length);

    expect(named).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  it.each([
    ['Claude Desktop', ['mcpServers', 'git']],
    ['VS Code', ['servers', 'git']],
    ['Cursor', ['mcpServers', 'git']],
    ['Zed', ['context_servers', 'git']],
    ['Any client over stdio', []],
  ])('%s: the server is where the client looks, and starts by these words', async (heading, path) => {
    const [block = ''] = blocks('json', heading);
    const settings: unknown = JSON.parse(block);
    const server = path.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], settings);

    const { name, version, tools, prompts } = await introducedOverStdio(
      filledIn(server as StdioServer),
      programs,
    );

    expect({ name, version }).toEqual({ name: ours.name, version: ours.version });
    expect(tools).toContain('git_status');
    expect(prompts).toEqual(PROMPT_RECIPES.map((recipe) => recipe.name));
  });

  it('names variables that exist', () => {
    const named = [...clients.matchAll(/MCP_GIT_[A-Z_]+/g)].map(([variable]) => variable);

    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((variable) => !variables.has(variable))).toEqual([]);
  });

  it('connects over HTTP, without a token and with one', async () => {
    const sha256 = createHash('sha256').update(TOKEN).digest('hex');
    const tokens = JSON.stringify([{ name: 'me', sha256, scopes: ['git:read'] }]);
    const withToken = { MCP_GIT_AUTH_MODE: 'token', MCP_GIT_AUTH_TOKENS: tokens };
    const [open, guarded] = blocks('json', 'Any client over HTTP').flatMap((block) =>
      serversIn(JSON.parse(block)),
    ) as { url: string; headers?: Record<string, string> }[];

    for (const [entry, env] of [
      [open, {}],
      [guarded, withToken],
    ] as const) {
      const server = await ServerProcess.start({ env, flags: ['--repository', repo.root] });
      try {
        const url = entry?.url.replace('http://127.0.0.1:8080', server.url) ?? '';
        expect((await introducedOverHttp(url, entry?.headers)).tools).toContain('git_status');
      } finally {
        await server.stop();
      }
    }
  });

  it('connects over a WebSocket by the code that is shown', async () => {
    const [code = ''] = blocks('js', 'Any client over WebSocket');
    const server = await ServerProcess.start({ flags: ['--repository', repo.root] });
    // Inside the package, where its modules are found; Node.js 20 has no WebSocket of its own.
    const script = join(ROOT, '.setup', `websocket-client-${process.pid}.mjs`);
    const prelude = "import { WebSocket } from 'ws';\nglobalThis.WebSocket ??= WebSocket;\n";
    try {
      writeFileSync(script, prelude + code.replace('ws://127.0.0.1:8080', server.webSocketUrl));
      const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 30_000 });

      expect(stdout.split('\n')).toContain('git_status');
    } finally {
      await promisify(execFile)('rm', ['-f', script]);
      await server.stop();
    }
  });
});

describe('server.json', () => {
  const registered = readJson<Registered>('server.json');
  const [overStdio, overHttp] = registered.packages;

  it('has what the registry asks for: the schema, a name in reverse DNS form that the package claims, short texts', () => {
    expect(registered.$schema).toBe(
      'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
    );
    expect(registered.name).toMatch(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/);
    expect(registered.name).toBe(ours.mcpName);
    expect(registered.description.length).toBeLessThanOrEqual(100);
    expect(registered.title.length).toBeLessThanOrEqual(100);
    expect(registered.version).toBe(ours.version);
  });

  it('offers the npm package in this version over stdio and over HTTP', () => {
    expect(registered.packages.map(({ transport }) => transport.type)).toEqual(['stdio', 'streamable-http']);
    for (const {
      registryType,
      identifier,
      version,
      runtimeHint,
      environmentVariables,
    } of registered.packages) {
      expect({ registryType, identifier, version }).toEqual({
        registryType: 'npm',
        identifier: ours.name,
        version: ours.version,
      });
      expect(runtimeHint).toBe('npx');
      expect(Object.keys(ours.bin)).toEqual([ours.name]);
      expect(environmentVariables.filter(({ name }) => !variables.has(name))).toEqual([]);
    }
  });

  it('starts over stdio by the words that a client puts together', async () => {
    const args = wordsOf(overStdio);

    const { tools } = await introducedOverStdio(
      { command: ours.name, args, env: defaultsOf(overStdio) },
      programs,
    );

    expect(args).toEqual(['stdio', repo.root]);
    expect(tools).toContain('git_commit');
  });

  it('starts over HTTP by the words that a client puts together, at the address that it names', async () => {
    const env = { ...defaultsOf(overHttp), MCP_GIT_PORT: '18182' };
    const server = spawn(join(programs, ours.name), wordsOf(overHttp), {
      env: { PATH: process.env['PATH'], ...env },
      stdio: 'ignore',
    });
    try {
      const url = (overHttp?.transport.url ?? '').replace('{MCP_GIT_PORT}', env.MCP_GIT_PORT);
      await eventually(async () => expect((await introducedOverHttp(url)).tools).toContain('git_commit'));
    } finally {
      await ended(server);
    }
  });
});

describe('manifest.json', () => {
  const bundle = readJson<Bundle>('manifest.json');

  it('tells of the package what the package tells of itself', () => {
    expect(bundle.manifest_version).toBe('0.4');
    expect(bundle).toMatchObject({ name: ours.name, version: ours.version, license: ours.license });
    expect(bundle.compatibility.runtimes.node).toBe(ours.engines.node);
    expect(bundle.server).toMatchObject({ type: 'node', entry_point: ours.bin[ours.name] });
    expect(bundle.description).toBe(readJson<Registered>('server.json').description);
  });

  it('asks for every value that its command needs, and needs every value that it asks for', () => {
    const used = JSON.stringify(bundle.server).matchAll(/\$\{user_config\.([a-z_]+)\}/g);

    expect([...used].map(([, name]) => name)).toEqual(Object.keys(bundle.user_config));
    expect(bundle.user_config['repositories']).toMatchObject({ type: 'directory', multiple: true });
    expect(Object.keys(bundle.server.mcp_config.env ?? {}).filter((name) => !variables.has(name))).toEqual(
      [],
    );
  });

  it('starts the server on all the folders that were chosen, and read-only where that was', async () => {
    const other = new GitRepository({ root: repo.root, name: 'other' });
    const { command, args } = bundle.server.mcp_config;
    const words = args.flatMap((word) =>
      word === '${user_config.repositories}' ? [repo.path, other.path] : [word.replace('${__dirname}', ROOT)],
    );

    const all = await introducedOverStdio(
      { command, args: words, env: { MCP_GIT_TOOLS_READ_ONLY: 'false' } },
      programs,
    );
    const reading = await introducedOverStdio(
      { command, args: words, env: { MCP_GIT_TOOLS_READ_ONLY: 'true' } },
      programs,
    );

    expect(all.tools).toEqual(expect.arrayContaining(['git_status', 'git_commit']));
    expect(reading.tools).toContain('git_status');
    expect(reading.tools).not.toContain('git_commit');
  });

  it('leaves nothing out of the bundle that is needed to run', () => {
    const ignored = readFileSync(join(ROOT, '.mcpbignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('/') && !line.includes('*'));

    expect(ignored.filter((path) => /^\/(dist|config|package\.json|node_modules)$/.test(path))).toEqual([]);
    expect(ignored).not.toContain('/node_modules/nodegit/build/Release');
  });
});

function wordsOf(one: Package | undefined): string[] {
  return (one?.packageArguments ?? []).flatMap(({ type, name, value }) => [
    ...(type === 'named' && name !== undefined ? [name] : []),
    value ?? repo.root,
  ]);
}

function defaultsOf(one: Package | undefined): Record<string, string> {
  return Object.fromEntries(
    (one?.environmentVariables ?? []).map(({ name, default: value = '' }) => [name, value]),
  );
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = once(server, 'exit');
  server.kill();
  await exit;
}

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { DiagnosticsModule } from '../../src/diagnostics/diagnostics.module.js';
import { ToolRegistry } from '../../src/tools/tool.registry.js';
import { MessageValidator } from '../../src/validation/message-validator.service.js';
import { DocumentedPlace, type Given } from '../support/documented-place.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { TestServer } from '../support/test-server.js';

interface Example {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docs/tools.md'), 'utf8');
const table = JSON.parse(readFileSync(join(root, 'docs/tool-examples.json'), 'utf8')) as Readonly<
  Record<string, { readonly given?: Given }>
>;
const examples = [...text.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(
  ([, json = '']) => JSON.parse(json) as Example,
);

const call = (client: TestClient, name: string, args: object): Promise<Frame> =>
  client.request('tools/call', { params: { name, arguments: args } });

/** What the example needs to have happened through the server. */
async function happen(client: TestClient, given: Given, srv: string): Promise<void> {
  if (given !== 'undoable' && given !== 'undone') return;
  const repo_path = join(srv, 'app');
  await call(client, 'git_add', { repo_path, files: ['notes.txt'] });
  if (given === 'undone') await call(client, 'git_undo', { repo_path });
}

describe('docs/tools.md', () => {
  let place: DocumentedPlace;
  let server: TestServer;
  const clients: TestClient[] = [];

  beforeAll(async () => {
    place = new DocumentedPlace();
    server = await TestServer.start({
      settings: { git: { roots: [place.root] } },
      modules: [DiagnosticsModule],
    });
  });

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await server.stop();
    place.remove();
  });

  it('is what npm run docs writes', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/write-tools-docs.mjs', '--check'], {
      cwd: root,
      encoding: 'utf8',
    });

    expect([status, stderr]).toEqual([0, '']);
  });

  it('has a section with an example for every tool', () => {
    const sections = [...text.matchAll(/^## `([a-z_]+)`$/gm)].map(([, name]) => name);

    expect(sections.toSorted()).toEqual([...server.app.get(ToolRegistry).names()].toSorted());
    expect(examples.map(({ name }) => name)).toEqual(sections);
  });

  it.each(examples.map((example) => [example.name, example] as const))(
    'has an example of %s that works (docs/tool-examples.json gives it another one)',
    async (name, example) => {
      const given = table[name]?.given ?? 'changed';
      const srv = place.fresh(given);
      const isLean = server.app.get(ToolRegistry).get(name).spec.lean === true;
      const client = await TestClient.begin(server.url, isLean ? { tools: { mode: 'lean' } } : {});
      clients.push(client);
      await happen(client, given, srv);

      const args = JSON.parse(JSON.stringify(example.arguments).replaceAll('"/srv/', `"${srv}/`)) as object;
      const { result, error } = await call(client, name, args);

      expect(error).toBeUndefined();
      expect(faultsIn(name, result.structuredContent as Record<string, unknown>)).toEqual([]);
    },
  );

  /** Where an answer is another than the schema of the tool says. */
  function faultsIn(name: string, structured: Readonly<Record<string, unknown>>): readonly unknown[] {
    const { operation_id: _ofTheLog, ...own } = structured;
    if (own['dry_run'] === true) return [];
    const { output } = server.app.get(ToolRegistry).get(name).spec;
    const verdict = server.app.get(MessageValidator).validate(output, own, name);
    return verdict.ok ? verdict.warnings : verdict.issues;
  }
});

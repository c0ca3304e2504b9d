import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitConfig, ToolsConfig } from '../../src/config/sections/index.js';
import { GitRepository } from '../support/git-repository.js';
import { TestServer } from '../support/test-server.js';

type Answer = { action: 'accept'; content: Record<string, unknown> } | { action: 'decline' | 'cancel' };

const YES: Answer = { action: 'accept', content: { confirm: true } };
const ERROR = 'mcp-git-server/error';

describe.each(['2025-11-25', '2026-07-28'])('A merge onto a protected branch in the era %s', (era) => {
  let repository: GitRepository;
  let server: TestServer;
  let client: Client;
  let questions: string[];
  let before: string;

  beforeEach(async () => {
    repository = new GitRepository();
    repository.commitFiles('base', { 'a.txt': 'base\n' });
    repository.branch('topic').checkout('topic');
    repository.commitFiles('on topic', { 'b.txt': 'topic\n' });
    before = repository.checkout('main').head();
    questions = [];
    server = await start();
  });

  afterEach(async () => {
    await client.close();
    await server.stop();
    repository.remove();
  });

  function start(tools: Partial<ToolsConfig> = {}): Promise<TestServer> {
    const git = Object.assign(new GitConfig(), { roots: [repository.root] });
    return TestServer.start({ settings: { git, tools: Object.assign(new ToolsConfig(), tools) } });
  }

  /** @param answer what the user says; without it the client cannot ask */
  async function connect(answer?: Answer): Promise<void> {
    const options = {
      ...(era === '2026-07-28' && { versionNegotiation: { mode: { pin: era } } }),
      ...(answer && { capabilities: { elicitation: { form: {} } } }),
    };
    client = new Client({ name: 'test', version: '1' }, options as object);
    if (answer) {
      client.setRequestHandler('elicitation/create', ({ params }) => {
        questions.push(params.message);
        return answer as never;
      });
    }
    const url = new URL(`http://127.0.0.1:${server.port}/mcp`);
    await client.connect(new StreamableHTTPClientTransport(url));
  }

  const merge = (args: object = {}) =>
    client.callTool({
      name: 'git_merge',
      arguments: { repo_path: repository.path, source_branch: 'topic', ...args },
    });

  it('is done after a yes', async () => {
    await connect(YES);

    const { structuredContent } = await merge();

    expect(structuredContent).toMatchObject({ outcome: 'fast-forward', branch: 'main' });
    expect(questions).toEqual([expect.stringMatching(/^Merge "topic" into the protected branch "main"/)]);
    expect(repository.head()).not.toBe(before);
  });

  it.each<[string, Answer, object]>([
    ['a no', { action: 'decline' }, {}],
    ['no answer', { action: 'cancel' }, {}],
    ['an answer that is no yes', { action: 'accept', content: { confirm: false } }, {}],
    ['a no, whatever the model confirms', { action: 'decline' }, { confirm: true }],
  ])('is left alone after %s', async (_, answer, args) => {
    await connect(answer);

    const result = await merge(args);

    expect(result).toMatchObject({
      isError: true,
      _meta: { [ERROR]: { code: 'operation_cancelled', details: { reason: 'declined' } } },
    });
    expect(questions).toHaveLength(1);
    expect(repository.head()).toBe(before);
  });

  it('is refused where the client cannot ask, until the call carries confirm: true', async () => {
    await connect();

    const refused = await merge();
    const merged = await merge({ confirm: true });

    expect(refused).toMatchObject({
      isError: true,
      _meta: { [ERROR]: { code: 'forbidden', details: { reason: 'confirmation_required', confirm: true } } },
    });
    expect(merged.structuredContent).toMatchObject({ outcome: 'fast-forward' });
  });

  it('asks through the lean mode as well', async () => {
    await server.stop();
    server = await start({ mode: 'lean' });
    await connect(YES);

    const { structuredContent } = await client.callTool({
      name: 'execute_tool',
      arguments: { name: 'git_merge', arguments: { repo_path: repository.path, source_branch: 'topic' } },
    });

    expect(structuredContent).toMatchObject({ tool: 'git_merge', result: { outcome: 'fast-forward' } });
    expect(questions).toHaveLength(1);
  });
});

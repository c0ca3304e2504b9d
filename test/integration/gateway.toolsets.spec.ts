import { afterEach, describe, expect, it } from 'vitest';

import { ToolsConfig } from '../../src/config/sections/index.js';
import { TestClient } from '../support/test-client.js';
import { TestServer } from '../support/test-server.js';
import { TOOL_CLASSES } from '../../src/tools/tools.providers.js';

describe('The tools of a session in the envelope dialect', () => {
  let server: TestServer;
  let client: TestClient;

  async function start(tools: Partial<ToolsConfig> = {}): Promise<void> {
    server = await TestServer.start({ settings: { tools: Object.assign(new ToolsConfig(), tools) } });
    client = await TestClient.connect(server.url);
  }

  async function names(): Promise<string[]> {
    const { result } = await client.request('tools/list');
    return (result.tools as { name: string }[]).map(({ name }) => name);
  }

  const ask = (tools: object) => client.request('initialize', { params: { tools } });
  const call = (name: string) => client.request('tools/call', { params: { name, arguments: {} } });

  afterEach(async () => {
    await client.close();
    await server.stop();
  });

  it('are those of the configuration where it asks for nothing', async () => {
    await start({ toolsets: ['inspect', 'remote'], readOnly: false, exclude: ['git_log'] });

    const listed = await names();

    expect(listed).toContain('git_push');
    expect(listed).not.toContain('git_log');
    expect(listed).not.toContain('git_commit');
    expect(await call('git_commit')).toMatchObject({
      type: 'error',
      error: { code: 'forbidden', details: { reason: 'not_selected' } },
    });
  });

  it('are fewer where it asks for fewer, and never more', async () => {
    await start({ toolsets: ['inspect', 'remote'] });

    await ask({ toolsets: ['remote', 'change'], exclude: ['git_push'] });

    expect(await names()).toEqual([
      'git_pull',
      'git_fetch',
      'git_clone',
      'git_remote',
      'git_lfs_transfer',
      'git_remote_show',
      'git_submodule_update',
    ]);
  });

  it('only read where it asks for that', async () => {
    await start();

    await ask({ read_only: true });

    expect(await names()).toContain('git_status');
    expect(await call('git_commit')).toMatchObject({ error: { code: 'forbidden' } });
  });

  it('are three in lean mode, through which the others are called', async () => {
    await start();

    await ask({ mode: 'lean' });

    expect(await names()).toEqual(['discover_tools', 'get_tool_spec', 'execute_tool']);
    const { result } = await client.request('tools/call', {
      params: { name: 'get_tool_spec', arguments: { name: 'git_status' } },
    });
    expect(result.structuredContent.name).toBe('git_status');
  });

  it('belong to this session alone', async () => {
    await start();
    const other = await TestClient.connect(server.url);

    await ask({ mode: 'lean' });

    const { result } = await other.request('tools/list');
    expect(result.tools).toHaveLength(TOOL_CLASSES.length);
    await other.close();
  });

  it('are not chosen by a name that nothing has', async () => {
    await start();

    const { error } = await ask({ toolsets: ['inspekt'] });

    expect(error).toMatchObject({
      code: 'validation_failed',
      details: [{ path: 'params.tools.toolsets', message: expect.stringContaining('did you mean inspect?') }],
    });
  });
});

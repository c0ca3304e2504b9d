import { Logger } from '@nestjs/common';
import { type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type InMemoryGit } from '../../../test/support/in-memory-git.js';
import { everyone, toolsInMemory } from '../../../test/support/tool-calls.js';
import { type Scope } from '../../shared/principal.js';
import { MessageValidator } from '../../validation/message-validator.service.js';
import { ToolSelections } from '../selection/tool-selections.service.js';
import { type ToolsWish } from '../selection/tools-wish.dto.js';
import { ToolCaller } from '../tool.caller.js';
import { ToolRegistry } from '../tool.registry.js';
import { TOOL_CLASSES } from '../tools.providers.js';

const repo_path = '/repos/one';

describe('The lean mode', () => {
  let module: TestingModule;
  let git: InMemoryGit;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    ({ module, git } = await toolsInMemory({ mode: 'lean' }));
  });

  afterEach(async () => {
    await module.close();
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  const contextOf = (wish: ToolsWish = {}, scopes?: readonly Scope[]) =>
    everyone({
      selection: module.get(ToolSelections).narrowedBy(wish),
      ...(scopes && { principal: { name: 'bob', scopes: new Set(scopes) } }),
    });
  const call = async (name: string, args: object, context = contextOf()) =>
    (await module.get(ToolCaller).call(name, args, context, new AbortController().signal)).answer;
  const discover = async (args: object, context = contextOf()) =>
    ((await call('discover_tools', args, context)).structured as { tools: { name: string }[] }).tools.map(
      ({ name }) => name,
    );

  it('lists its three tools only, to everyone', () => {
    const { principal, selection } = contextOf({}, []);

    const names = module
      .get(ToolRegistry)
      .descriptors(principal, selection)
      .map(({ name }) => name);

    expect(names).toEqual(['discover_tools', 'get_tool_spec', 'execute_tool']);
  });

  it.each([
    ['unstage files', 'git_reset'],
    ['commit staged changes', 'git_commit'],
    ['show history of commits', 'git_log'],
    ['create a branch', 'git_create_branch'],
    ['switch to another branch', 'git_checkout'],
    ['PUSH', 'git_push'],
    ['resolve conflict abort', 'git_abort'],
    ['clone', 'git_clone'],
    ['git status', 'git_status'],
  ])('finds for "%s" %s among the first three', async (query, name) => {
    expect((await discover({ query })).slice(0, 3)).toContain(name);
  });

  it('names every tool, each in a line, to whoever asks for none in particular', async () => {
    const { structured, text } = await call('discover_tools', { limit: 500 });
    const { tools } = structured as { tools: { name: string; summary: string }[] };

    expect(tools).toHaveLength(TOOL_CLASSES.length);
    expect(text.split('\n')).toHaveLength(TOOL_CLASSES.length);
    expect(tools[0]).toEqual({
      name: 'git_status',
      summary: expect.stringMatching(/^Shows the branch/) as unknown,
    });
  });

  it('says how many more there are, and goes on after them', async () => {
    const all = await discover({ query: 'branch', limit: 500 });
    const { structured, text } = await call('discover_tools', { query: 'branch', limit: 3 });

    expect(structured).toMatchObject({ omitted: all.length - 3 });
    expect(text).toContain(`[${all.length - 3} more: call again with skip 3]`);
    expect(await discover({ query: 'branch', limit: 500, skip: 3 })).toEqual(all.slice(3));
  });

  it('says so where nothing fits, and names what there is', async () => {
    const { text } = await call('discover_tools', { query: 'zzzz', limit: 2 });

    expect(text.split('\n')).toHaveLength(3);
    expect(text).toMatch(/^Nothing fits/);
  });

  it('names no tool that the session or its scopes do not have', async () => {
    const names = await discover({ limit: 50 }, contextOf({ exclude: ['git_log'] }, ['git:read']));

    expect(names).toContain('git_status');
    expect(names).not.toContain('git_log');
    expect(names).not.toContain('git_commit');
  });

  it('describes a tool as tools/list would', async () => {
    const { structured } = await call('get_tool_spec', { name: 'git_log' });

    const listed = module.get(ToolRegistry).descriptors(everyone().principal);
    expect(structured).toEqual(listed.find(({ name }) => name === 'git_log'));
  });

  it('names the nearest tool for one that it cannot describe', async () => {
    await expect(call('get_tool_spec', { name: 'git_comit' })).rejects.toMatchObject({
      code: 'unknown_tool',
      details: { nearest: 'git_commit' },
    });
  });

  it('runs a tool and hands on its answer', async () => {
    const direct = await call('git_status', { repo_path });

    const answer = await call('execute_tool', { name: 'git_status', arguments: { repo_path } });

    expect(answer).toEqual({
      text: direct.text,
      structured: { tool: 'git_status', result: direct.structured },
    });
  });

  it.each(['discover_tools', 'get_tool_spec', 'execute_tool'])(
    '%s answers as its output schema says',
    async (name) => {
      const args = {
        discover_tools: {},
        get_tool_spec: { name: 'git_log' },
        execute_tool: { name: 'git_log', arguments: { repo_path } },
      }[name];
      const { structured } = await call(name, args ?? {});

      const { output } = module.get(ToolRegistry).get(name).spec;
      expect(module.get(MessageValidator).validate(output, structured, name)).toMatchObject({ ok: true });
    },
  );

  it.each([
    ['itself', { name: 'execute_tool', arguments: {} }, { code: 'validation_failed' }],
    ['a tool that is listed', { name: 'discover_tools' }, { code: 'validation_failed' }],
    ['an unknown tool', { name: 'git_comit' }, { code: 'unknown_tool', details: { nearest: 'git_commit' } }],
    [
      'arguments that do not fit, by their place in the call',
      { name: 'git_log', arguments: { repo_path, context_lines: 3, max_count: 0 } },
      { code: 'validation_failed', details: [{ path: 'arguments.arguments.max_count' }] },
    ],
    [
      'a merge onto a protected branch that nobody has agreed to',
      { name: 'git_merge', arguments: { repo_path, source_branch: 'topic' } },
      { code: 'forbidden', details: { reason: 'confirmation_required' } },
    ],
  ])('refuses to run %s', async (_, args, error) => {
    git.heads = [{ branch: 'main', head: '1'.repeat(40) }];

    await expect(call('execute_tool', args)).rejects.toMatchObject(error);
    expect(git.calls).toEqual([]);
  });

  it('lets nobody run what the session or its scopes do not have', async () => {
    const commit = { name: 'git_commit', arguments: { repo_path, message: 'm' } };

    await expect(call('execute_tool', commit, contextOf({ read_only: true }))).rejects.toMatchObject({
      code: 'forbidden',
      details: { reason: 'not_selected' },
    });
    await expect(call('execute_tool', commit, contextOf({}, ['git:read']))).rejects.toMatchObject({
      code: 'forbidden',
      details: { scope: 'git:write' },
    });
  });

  it('warns of what leniency let pass in the inner arguments', async () => {
    const { warnings } = await module
      .get(ToolCaller)
      .call(
        'execute_tool',
        { name: 'git_log', arguments: { repo_path, max_count: '5' } },
        contextOf(),
        new AbortController().signal,
      );

    expect(warnings.map(({ path }) => path)).toEqual(['arguments.arguments.max_count']);
  });

  it('exists for sessions that ask for it only', async () => {
    await expect(call('discover_tools', {}, contextOf({ mode: 'full' }))).rejects.toMatchObject({
      code: 'forbidden',
      details: { reason: 'not_selected' },
    });
  });
});

describe('A choice of tools', () => {
  it.each([
    [{ toolsets: ['remotes'] }, 'tools.toolsets', 'remote'],
    [{ exclude: ['git_comit'] }, 'tools.exclude', 'git_commit'],
  ])('with a name that nothing has is refused: %o', async (wish, path, nearest) => {
    const { module } = await toolsInMemory();

    expect(() => module.get(ToolSelections).narrowedBy(wish)).toThrow(
      expect.objectContaining({
        code: 'validation_failed',
        details: [expect.objectContaining({ path, message: expect.stringContaining(nearest) as unknown })],
      }),
    );
    await module.close();
  });

  it('of the operator that excludes a tool which does not exist keeps the server from starting', async () => {
    await expect(toolsInMemory({ exclude: ['git_psuh'] })).rejects.toThrow('did you mean git_push?');
  });
});

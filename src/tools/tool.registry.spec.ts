import { describe, expect, it } from 'vitest';

import { jsonSchemaOf } from '../validation/dto/json-schema.js';
import { RepositoryInput } from './fields/repository.input.js';
import { HeadOutput } from './outputs/head.output.js';
import { type RepositoryTool } from './tool.js';
import { ToolRegistry } from './tool.registry.js';

const tool = (name: string): RepositoryTool => ({
  spec: {
    name,
    title: 'A tool',
    description: 'Does nothing.',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    input: RepositoryInput,
    output: HeadOutput,
  },
  run: () => Promise.resolve({ text: 'nothing', structured: {} }),
});

describe('ToolRegistry', () => {
  it('takes tools of other modules at run time', () => {
    const registry = new ToolRegistry([]);

    registry.register(tool('their_tool'));

    expect(registry.get('their_tool').spec.title).toBe('A tool');
    expect(registry.descriptors({ name: 'a', scopes: new Set(['git:read']) })).toMatchObject([
      { name: 'their_tool', inputSchema: jsonSchemaOf(RepositoryInput) },
    ]);
  });

  it.each(['', 'Git_Status', 'git-status', 'a'.repeat(65)])('refuses the name %o', (name) => {
    expect(() => new ToolRegistry([tool(name)])).toThrow(/does not match/);
  });

  it('refuses a name that is taken', () => {
    expect(() => new ToolRegistry([tool('one'), tool('one')])).toThrow(/registered already/);
  });
});

import { type Arbitrary, assert, boolean, constantFrom, property, record, subarray } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { TOOLSETS, ToolsConfig } from '../../config/sections/index.js';
import { type Choice, type Selectable, ToolSelection } from './tool-selection.js';
import { wishOfHeaders } from './wish-of-headers.js';

const spec = (name: string, toolset: Selectable['toolset'], readOnlyHint: boolean): Selectable => ({
  name,
  ...(toolset !== undefined && { toolset }),
  annotations: { readOnlyHint },
});

const LOG = spec('git_log', 'inspect', true);
const COMMIT = spec('git_commit', 'change', false);
const OTHER = spec('other', undefined, false);
const EXECUTE: Selectable = { ...spec('execute_tool', undefined, false), lean: true };
const ALL = [LOG, COMMIT, OTHER];

const admitted = (selection: ToolSelection) => ALL.filter((one) => selection.admits(one));

const choices = record(
  {
    toolsets: subarray([...TOOLSETS]),
    readOnly: boolean(),
    exclude: subarray(ALL.map(({ name }) => name)),
    mode: constantFrom('full' as const, 'lean' as const),
  },
  { requiredKeys: [] },
) as Arbitrary<Partial<Choice>>;

describe('A selection of tools', () => {
  const all = new ToolSelection(new ToolsConfig());

  it('has every tool where the configuration says nothing', () => {
    expect(admitted(all)).toEqual(ALL);
    expect(all.mode).toBe('full');
  });

  it.each([
    ['a toolset', { toolsets: ['inspect'] }, [LOG, OTHER]],
    ['no toolset', { toolsets: [] }, [OTHER]],
    ['reading', { readOnly: true }, [LOG]],
    ['exclusion', { exclude: ['git_log'] }, [COMMIT, OTHER]],
    ['all of them', { toolsets: ['change'], readOnly: true, exclude: ['other'] }, []],
  ])('is narrowed by %s', (_, wish, left) => {
    expect(admitted(all.narrowedBy(wish))).toEqual(left);
  });

  it('never has a tool that it did not have before it was narrowed', () => {
    assert(
      property(choices, choices, (first, second) => {
        const before = all.narrowedBy(first);
        const after = before.narrowedBy(second);

        expect(admitted(after).filter((one) => !before.admits(one))).toEqual([]);
      }),
    );
  });

  it('lists the tools of the lean mode instead of the others, which may still be called', () => {
    const lean = all.narrowedBy({ mode: 'lean', exclude: ['git_log'] });

    expect([...ALL, EXECUTE].filter((one) => lean.lists(one))).toEqual([EXECUTE]);
    expect(lean.admits(COMMIT)).toBe(true);
    expect(lean.admits(LOG)).toBe(false);
    expect(admitted(lean.inFull())).toEqual([COMMIT, OTHER]);
  });

  it('has no tool of the lean mode in the other', () => {
    expect(all.lists(EXECUTE)).toBe(false);
    expect(all.admits(EXECUTE)).toBe(false);
  });
});

describe('wishOfHeaders', () => {
  it('reads names, flag and mode', () => {
    expect(
      wishOfHeaders({
        'x-mcp-toolsets': ' inspect, change,,',
        'x-mcp-readonly': 'TRUE',
        'x-mcp-exclude-tools': 'git_log',
        'x-mcp-tool-mode': 'Lean',
      }),
    ).toEqual({ toolsets: ['inspect', 'change'], read_only: true, exclude: ['git_log'], mode: 'lean' });
  });

  it.each([{}, { 'x-mcp-toolsets': '', 'x-mcp-readonly': ' ' }])('asks for nothing with %o', (headers) => {
    expect(wishOfHeaders(headers)).toEqual({});
  });

  it.each([
    ['X-MCP-Readonly', { 'x-mcp-readonly': 'maybe' }],
    ['X-MCP-Tool-Mode', { 'x-mcp-tool-mode': 'small' }],
  ])('refuses a %s that means nothing', (path, headers) => {
    expect(() => wishOfHeaders(headers)).toThrow(
      expect.objectContaining({ code: 'validation_failed', details: [expect.objectContaining({ path })] }),
    );
  });
});

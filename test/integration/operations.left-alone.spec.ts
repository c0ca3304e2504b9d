import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { type RepositoryTool, worksOnRepository } from '../../src/tools/tool.js';
import { TOOL_CLASSES } from '../../src/tools/tools.providers.js';
import { jsonSchemaOf } from '../../src/validation/dto/json-schema.js';

const DECISION = join(import.meta.dirname, '../../docs/decisions/0011-operation-log.md');
/** Of what its members keep, and of nothing else. */
const OF_OTHERS = 'git_batch';

/** `tool` or `tool action` by a row of the table, as the decision says it. */
const documented = [...readFileSync(DECISION, 'utf8').matchAll(/^\| `(git_\w+)` +\| ([^|]*)\|/gm)].flatMap(
  ([, tool = '', cell = '']) => {
    const actions = [...cell.matchAll(/`([\w-]+)`/g)].map(([, action]) => `${tool} ${action}`);
    return actions.length === 0 ? [tool] : actions;
  },
);

/** An input with its defaults for each action of a tool. */
function inputsOf({ spec }: RepositoryTool): readonly (readonly [called: string, input: never])[] {
  const { properties } = jsonSchemaOf(spec.input);
  const choice = ['action', 'task'].find((name) => properties?.[name] !== undefined);
  const actions = choice === undefined ? [] : ((properties?.[choice]?.enum ?? []) as readonly string[]);
  if (choice === undefined) return [[spec.name, new spec.input() as never]];
  return actions.map((action) => [
    `${spec.name} ${action}`,
    Object.assign(new spec.input(), { [choice]: action }) as never,
  ]);
}

/** Calls that change something, of which the log keeps nothing. */
function leftAlone(tool: RepositoryTool): readonly string[] {
  return inputsOf(tool).flatMap(([called, input]) => {
    const { access, scopes } = tool.demands?.(input) ?? tool.spec;
    if (access !== 'write' && !scopes.includes('git:write')) return [];
    const keeps = tool.keeps?.(input) ?? 'index';
    return keeps === 'nothing' || keeps === 'elsewhere' ? [called] : [];
  });
}

describe('docs/decisions/0011-operation-log.md', () => {
  it('names every call that changes something and that git_undo does not take back', () => {
    const tools = TOOL_CLASSES.map((tool) => Reflect.construct(tool, []));
    const made = tools
      .flatMap((tool) => (worksOnRepository(tool) ? [] : [tool]))
      .filter(({ spec }) => spec.scopes.includes('git:write'));
    const ours = tools
      .filter((tool) => worksOnRepository(tool))
      .filter(({ spec }) => spec.name !== OF_OTHERS);

    expect(documented.toSorted()).toEqual(
      [...made.map(({ spec }) => spec.name), ...ours.flatMap(leftAlone)].toSorted(),
    );
  });
});

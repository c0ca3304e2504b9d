import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { PROMPT_RECIPES } from '../../src/mcp/prompts/index.js';

const top = join(import.meta.dirname, '../..');
const text = readFileSync(join(top, 'docs/mcp.md'), 'utf8');

describe('docs/mcp.md', () => {
  it('lists the prompts in their order, each with its arguments', () => {
    const section = text.split(/^## /m).find((part) => part.startsWith('Prompts')) ?? '';
    const rows = [...section.matchAll(/^\| `([a-z_]+)` .*\|(.*)\|$/gm)].map(([, name, cell]) => ({
      name,
      arguments: cell?.trim(),
    }));

    expect(rows).toEqual(
      PROMPT_RECIPES.map((recipe) => ({
        name: recipe.name,
        arguments: recipe.arguments
          .map(({ name, required }) => `\`${name}\`${required ? ' (required)' : ''}`)
          .join(', '),
      })),
    );
  });

  it('says of lean mode what its bench prints', () => {
    const { stdout } = spawnSync(process.execPath, ['bench/tool-tokens.mjs'], { cwd: top, encoding: 'utf8' });
    const printed = [...stdout.matchAll(/│ (\d+) +│ (\d+) +│ '[\d.]+ %'/g)].map(([, ...row]) =>
      row.map(Number),
    );
    const section = text.split(/^### /m).find((part) => part.startsWith('Lean mode')) ?? '';
    const said = [...section.matchAll(/\| +([\d,]+) \| +([\d,]+) \|/g)].map(([, ...row]) =>
      row.map(numberOf),
    );

    expect(said).toHaveLength(6);
    expect(printed).toEqual(expect.arrayContaining(said));
  });
});

function numberOf(figure: string): number {
  return Number(figure.replaceAll(',', ''));
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { PROMPT_RECIPES } from '../../src/mcp/prompts/index.js';

const text = readFileSync(join(import.meta.dirname, '../../docs/mcp.md'), 'utf8');

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
});

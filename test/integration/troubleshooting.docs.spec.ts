import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { readCommandLine } from '../../src/commands/command-line.js';
import { callOf } from '../../src/commands/operator/operator.command.js';

const text = readFileSync(join(import.meta.dirname, '../../docs/troubleshooting.md'), 'utf8');
const commands = [...new Set(text.match(/mcp-git-server [a-z][^`|\n]*/g))].map((one) => one.trim());
const LOCAL = new Set(['doctor', 'validate', 'logs']);

describe('docs/troubleshooting.md', () => {
  it.each(commands)('names a command that there is: %s', (command) => {
    const line = readCommandLine(command.split(' ').slice(1));

    expect(LOCAL.has(line.command) || callOf(line).path.startsWith('/admin/')).toBe(true);
  });
});

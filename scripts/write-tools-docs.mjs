// Writes docs/tools.md and the table of toolsets in docs/mcp.md from the classes of the tools. With --check it writes
// nothing and exits 1 where one is not up to date. Needs the compiled server: npm run docs
import 'reflect-metadata';

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';

import { strayExamples } from './docs/tool-example.mjs';
import { withToolsets } from './docs/toolsets-table.mjs';
import { toolsDocument } from './docs/tools-document.mjs';

const load = (path) => import(`../dist/${path}.js`);
const { SCOPES } = await load('shared/principal');
const { ToolRegistry } = await load('tools/tool.registry');
const { TOOL_CLASSES } = await load('tools/tools.providers');
const { LeanTools } = await load('tools/lean/lean.tools');
const { ServerDiagnoseTool } = await load('diagnostics/server-diagnose.tool');

// Described, never called: they need none of what they are given.
const tools = [...TOOL_CLASSES, ServerDiagnoseTool].map((tool) => Reflect.construct(tool, []));
const registry = new ToolRegistry(tools);
Reflect.construct(LeanTools, [registry, {}]);
const everyone = { name: 'all', scopes: new Set(SCOPES) };
const everything = { lists: () => true };
const described = registry
  .descriptors(everyone, everything)
  .map((descriptor) => ({ descriptor, spec: registry.get(descriptor.name).spec }));

const stray = strayExamples(registry.names());
if (stray.length > 0)
  throw new Error(`docs/tool-examples.json names tools that do not exist: ${stray.join(', ')}`);
await write('docs/tools.md', () => toolsDocument(described));
await write('docs/mcp.md', (before) => withToolsets(before, described));

async function write(name, textOf) {
  const filepath = join(import.meta.dirname, '..', name);
  const before = existsSync(filepath) ? readFileSync(filepath, 'utf8') : '';
  const text = await format(textOf(before), { ...(await resolveConfig(filepath)), filepath });
  if (before === text) return;
  if (process.argv.includes('--check')) {
    console.error(`${name} is not up to date with the tools in the code; run npm run docs`);
    process.exitCode = 1;
  } else {
    writeFileSync(filepath, text);
  }
}

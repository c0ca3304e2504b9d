// Writes docs/tools.md from the classes of the tools. With --check it writes nothing and exits 1 where the file is not up
// to date. Needs the compiled server: npm run docs
import 'reflect-metadata';

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';

import { strayExamples } from './docs/tool-example.mjs';
import { toolsDocument } from './docs/tools-document.mjs';

const filepath = join(import.meta.dirname, '../docs/tools.md');
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
const text = await format(toolsDocument(described), { ...(await resolveConfig(filepath)), filepath });
if (!existsSync(filepath) || readFileSync(filepath, 'utf8') !== text) {
  if (process.argv.includes('--check')) {
    console.error('docs/tools.md is not up to date with the tools in the code; run npm run docs');
    process.exitCode = 1;
  } else {
    writeFileSync(filepath, text);
  }
}

// What the list of tools costs a model's context, in full, by toolset and in lean mode. Tokens are estimated as a quarter
// of the characters: the right figure depends on the model's tokenizer, the ratio between the rows hardly does.
//   npm run build && node bench/tool-tokens.mjs
import 'reflect-metadata';

import { ToolsConfig } from '../dist/config/sections/index.js';
import { SCOPES } from '../dist/shared/principal.js';
import { LeanTools } from '../dist/tools/lean/lean.tools.js';
import { ToolSelections } from '../dist/tools/selection/tool-selections.service.js';
import { ToolRegistry } from '../dist/tools/tool.registry.js';
import { TOOL_CLASSES } from '../dist/tools/tools.providers.js';

const CHARACTERS_PER_TOKEN = 4;

const registry = new ToolRegistry(TOOL_CLASSES.map((tool) => Reflect.construct(tool, [])));
const selections = new ToolSelections(new ToolsConfig(), registry, undefined);
Reflect.construct(LeanTools, [registry, selections]);

const principal = { name: 'bench', scopes: new Set(SCOPES) };
const context = { sessionId: 'b', requestId: 'b', principal, progress: () => {} };
const lean = { ...context, selection: selections.narrowedBy({ mode: 'lean' }) };

const list = (wish) => ({ tools: registry.descriptors(principal, selections.narrowedBy(wish)) });
const answer = (name, input) => registry.get(name).answer(input, lean).text;

const full = list({});
const rows = [
  ['tools/list, full', full],
  ['tools/list, toolset inspect', list({ toolsets: ['inspect'] })],
  ['tools/list, read-only', list({ read_only: true })],
  ['tools/list, lean', list({ mode: 'lean' })],
  ['discover_tools, a query', answer('discover_tools', { query: 'merge a branch', limit: 10, skip: 0 })],
  ['discover_tools, every tool', answer('discover_tools', { limit: 500, skip: 0 })],
  ['get_tool_spec, the average', average(full.tools.map(({ name }) => answer('get_tool_spec', { name })))],
];

const characters = (value) => (typeof value === 'string' ? value : JSON.stringify(value)).length;
const whole = characters(full);

console.table(
  rows.map(([what, value]) => ({
    what,
    tools: value.tools?.length ?? '',
    bytes: Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value)),
    'tokens, about': Math.round(characters(value) / CHARACTERS_PER_TOKEN),
    'of full': `${((100 * characters(value)) / whole).toFixed(1)} %`,
  })),
);

/** A text as long as the texts are on average. */
function average(texts) {
  return 'x'.repeat(Math.round(texts.reduce((sum, { length }) => sum + length, 0) / texts.length));
}

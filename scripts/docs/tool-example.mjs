import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const table = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/tool-examples.json'), 'utf8'));

/** What a required field is given that the table says nothing of, by its name; the first that fits counts. */
const BY_NAME = [
  [/^repo_path$/, '/srv/app'],
  [/^(new_name|new_branch)$/, 'fresh'],
  [/^remote$/, 'origin'],
  [/upstream/, 'origin/main'],
  [/branch/, 'feature/login'],
  [/commit|revision|ref|target|base|onto|oid|sha|from|to$/, 'HEAD~1'],
  [/path|file|source|destination/, 'src/app.ts'],
  [/url/, '/srv/app.git'],
  [/pattern|query|search/, 'port'],
  [/name/, 'v1.0.0'],
];

/**
 * The arguments of an example call of a tool: those of docs/tool-examples.json, else the least that its schema takes. A
 * tool that may lose something is only tried.
 */
export function exampleOf({ name, inputSchema: { properties, required } }) {
  const own = table[name]?.arguments;
  if (own !== undefined) return properties.repo_path ? { repo_path: '/srv/app', ...own } : own;
  const least = Object.fromEntries(required.map((field) => [field, valueOf(field, properties[field])]));
  return properties.plan_token ? { ...least, dry_run: true } : least;
}

/** Names in the table that no tool has. */
export function strayExamples(names) {
  return Object.keys(table).filter((name) => !names.includes(name));
}

function valueOf(field, { type, enum: choices, minimum = 1 }) {
  if (choices) return choices[0];
  if (type === 'boolean') return true;
  if (type === 'integer' || type === 'number') return minimum;
  const text = BY_NAME.find(([pattern]) => pattern.test(field))?.[1] ?? 'some words';
  return type === 'array' ? [text] : text;
}

// Writes what is generated from the settings in the code: config/default.yaml, config/schema.json and the tables
// between markers in README.md and docs/. With --check it writes nothing and exits 1 where a file is not up to date.
// Needs the compiled server: npm run docs
import 'reflect-metadata';

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';

const root = join(import.meta.dirname, '..');
const { configSchema } = await import('../dist/config/config-schema.js');
const { renderDefaultYaml } = await import('../dist/config/config-yaml.js');
const { renderSettingsTable } = await import('../dist/config/settings-table.js');

const markers = /(<!-- settings: (all|common) -->)[\s\S]*?(<!-- \/settings -->)/g;

const documents = [
  ...['README.md'].filter((name) => existsSync(join(root, name))),
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

const generated = [
  ['config/default.yaml', renderDefaultYaml()],
  ['config/schema.json', JSON.stringify(configSchema())],
  ...documents
    .map((name) => [name, withTables(read(name))])
    .filter(([, text]) => text.search(markers) !== -1),
];

const stale = [];
for (const [name, text] of generated) {
  const filepath = join(root, name);
  const formatted = await format(text, { ...(await resolveConfig(filepath)), filepath });
  if (existsSync(filepath) && read(name) === formatted) continue;
  stale.push(name);
  if (!process.argv.includes('--check')) writeFileSync(filepath, formatted);
}
if (process.argv.includes('--check') && stale.length > 0) {
  console.error(`not up to date with the settings in the code: ${stale.join(', ')}; run npm run docs`);
  process.exitCode = 1;
}

function read(name) {
  return readFileSync(join(root, name), 'utf8');
}

function withTables(text) {
  return text.replaceAll(
    markers,
    (_, start, which, end) => `${start}\n\n${renderSettingsTable(which)}\n\n${end}`,
  );
}

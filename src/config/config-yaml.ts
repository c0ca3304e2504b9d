import { Document, isMap, isPair, isSeq, type Node, type Pair, Scalar, visit, YAMLMap } from 'yaml';

import type { AppConfig } from './app.config.js';
import type { LoadedConfig } from './load-config.js';
import { toWritten } from './setting-value.js';
import { HIDDEN, kindOf, withoutCredentials } from './setting-words.js';
import { listSettings, type Setting } from './settings.js';

const DEFAULTS_HEADING = ` yaml-language-server: $schema=./schema.json

 Every setting with its default. Durations are 30s, 500ms, 5m, 1h or bare seconds; sizes are 1MiB, 64KiB or bare bytes.
 The variable that sets the same is named in brackets; an empty variable counts as not set. Stronger in this order:
 this file, the profile beside it (--profile or MCP_GIT_PROFILE), your own file (--config), variables, flags.`;

/** The effective configuration as YAML, the source of each value behind it; digests of tokens are hidden. */
export function renderEffectiveYaml({ config, sources }: LoadedConfig): string {
  const document = new Document(new YAMLMap());
  for (const setting of listSettings()) {
    const path = setting.key.split('.');
    addSetting(document, setting, hideSecrets(setting, valueAt(config, path)));
    const pair = pairAt(document, path);
    if (!pair) continue;
    const carrier = isSeq(pair.value) && !pair.value.flow ? pair.key : pair.value;
    (carrier as Node).comment = ` ${sources.get(setting.key) ?? 'default'}`;
  }
  return document.toString({ lineWidth: 0 });
}

/** The text of config/default.yaml: every default with its description, range and variables. */
export function renderDefaultYaml(): string {
  const document = new Document(new YAMLMap());
  document.commentBefore = DEFAULTS_HEADING;
  for (const setting of listSettings()) {
    addSetting(document, setting, setting.defaultValue);
    const pair = pairAt(document, setting.key.split('.'));
    if (pair) (pair.key as Node).commentBefore = describe(setting);
  }
  separateSections(document);
  return document.toString({ lineWidth: 0 });
}

function addSetting(document: Document, { key, info }: Setting, value: unknown): void {
  const path = key.split('.');
  path.slice(0, -1).forEach((_, depth) => {
    const section = path.slice(0, depth + 1);
    if (!document.hasIn(section)) document.setIn(section.map(scalar), new YAMLMap());
  });
  document.setIn(
    path.map(scalar),
    document.createNode(toWritten(info, value), { flow: Array.isArray(value) && value.length === 0 }),
  );
}

function describe({ info, variable, shortVariables }: Setting): string {
  const names = [...shortVariables, variable].join(', ');
  return ` ${info.description}.\n (${kindOf(info)}) [${names}]`;
}

function hideSecrets({ info }: Setting, value: unknown): unknown {
  if (typeof value === 'string') return withoutCredentials(value);
  if (info.kind !== 'records' || !Array.isArray(value)) return value;
  return value.map((record: object) => ({ ...record, ...('sha256' in record && { sha256: HIDDEN }) }));
}

function valueAt(config: AppConfig, path: readonly string[]): unknown {
  return path.reduce<unknown>((section, name) => (section as Record<string, unknown>)[name], config);
}

function pairAt(document: Document, path: readonly string[]): Pair | undefined {
  const section: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1));
  if (!isMap(section)) return undefined;
  const name = path.at(-1);
  return section.items.find(
    (pair) => String(pair.key instanceof Scalar ? pair.key.value : pair.key) === name,
  );
}

// A bare string would become a key that can carry no comment.
function scalar(name: string): Scalar<string> {
  return new Scalar(name);
}

function separateSections(document: Document): void {
  visit(document, {
    Pair(index, pair, path) {
      const isSection = isMap(pair.value) && path.every((parent) => !isPair(parent));
      if (isSection && index !== 0) (pair.key as Node).spaceBefore = true;
    },
  });
}

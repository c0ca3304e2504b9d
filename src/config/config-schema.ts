import { targetConstructorToSchema } from 'class-validator-jsonschema';

import type { SettingInfo } from './setting.decorators.js';
import { toWritten } from './setting-value.js';
import { kindOf } from './setting-words.js';
import { listSettings, type Setting } from './settings.js';
import { DURATION_PATTERN, SIZE_PATTERN } from './units.js';

type Schema = Record<string, unknown> & { properties?: Record<string, Schema> };

/** JSON Schema (draft 2020-12) of the YAML files, for editors; units that it cannot check are in the descriptions. */
export function configSchema(): Schema {
  const root: Schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'mcp-git-server configuration',
    ...emptySection(),
  };
  for (const setting of listSettings()) {
    const path = setting.key.split('.');
    const name = path.pop() ?? '';
    const section = path.reduce((parent, below) => (propertiesOf(parent)[below] ??= emptySection()), root);
    propertiesOf(section)[name] = schemaOf(setting);
  }
  return root;
}

function schemaOf({ info, defaultValue, variable, shortVariables }: Setting): Schema {
  const variables = [...shortVariables, variable].join(', ');
  const description = `${info.description}. ${kindOf(info)}. Variable: ${variables}`;
  return { description, default: toWritten(info, defaultValue), ...typeOf(info) };
}

function typeOf(info: SettingInfo): Schema {
  const { min: minimum, max: maximum } = info;
  switch (info.kind) {
    case 'duration':
      return { type: ['string', 'number'], pattern: DURATION_PATTERN.source, minimum: 0 };
    case 'bytes':
      return { type: ['string', 'integer'], pattern: SIZE_PATTERN.source, minimum, maximum };
    case 'count':
      return { type: 'integer', minimum, maximum };
    case 'ratio':
      return { type: 'number', minimum, maximum };
    case 'flag':
      return { type: 'boolean' };
    case 'choice':
      return { enum: info.choices };
    case 'text':
      return { type: 'string' };
    case 'list':
      return { type: 'array', uniqueItems: true, items: { type: 'string' } };
    case 'records':
      return { type: 'array', items: recordSchema(info) };
  }
}

function recordSchema({ record }: SettingInfo): Schema {
  const schema = record ? (targetConstructorToSchema(record()) as Schema) : {};
  return { ...schema, additionalProperties: false };
}

function emptySection(): Schema {
  return { type: 'object', additionalProperties: false, properties: {} };
}

function propertiesOf(section: Schema): Record<string, Schema> {
  return (section.properties ??= {});
}

import { exampleOf } from './tool-example.mjs';

/** Parameters that many tools share, described once. */
const SHARED = [
  'repo_path',
  'max_bytes',
  'response_format',
  'verbosity',
  'cursor',
  'dry_run',
  'expected_head',
  'idempotency_key',
  'confirm',
  'plan_token',
];
/** Fields that the answers of many tools have, described once. */
const SHARED_RESULTS = [
  'dry_run',
  'plan_token',
  'effects',
  'omitted',
  'operation_id',
  'truncated',
  'next_cursor',
];

const INTRODUCTION = `# Tools

Every tool, in the order in which \`tools/list\` names them. Written by \`npm run docs\` from the classes that describe
arguments and results; the examples are run by the tests, on a repository with a remote, a few commits and uncommitted
changes. Which tools a session has is said in [MCP](mcp.md#which-tools), what answers are cut to in
[decision 10](decisions/0010-answers-that-fit.md).`;

/**
 * docs/tools.md.
 *
 * @param tools `{spec, descriptor}` of each tool, in the order of the document
 */
export function toolsDocument(tools) {
  const sections = tools.map(sectionOf);
  return [INTRODUCTION, sharedSection(tools), ...sections].join('\n\n');
}

function sharedSection(tools) {
  const shared = (schemaName, names) => {
    const all = Object.assign(
      {},
      ...tools.map(({ descriptor }) => descriptor[schemaName].properties).toReversed(),
    );
    return names.filter((name) => name in all).map((name) => [name, all[name]]);
  };
  const parameters = shared('inputSchema', SHARED).map(([name, field]) => parameterRow(name, field, false));
  const results = shared('outputSchema', SHARED_RESULTS).flatMap(([name, field]) => resultRows(name, field));
  return [
    '## What many tools share',
    'A tool names which of these parameters it takes. A tool that works on a repository takes `repo_path`.',
    tableOf(['Parameter', 'Type', 'Default', 'What it is'], parameters),
    'Fields of results:',
    tableOf(['Field', 'Type', 'What it is'], results),
  ].join('\n\n');
}

function sectionOf({ spec, descriptor }) {
  const { name, title, description, inputSchema, outputSchema } = descriptor;
  const { properties, required } = inputSchema;
  const own = Object.entries(properties).filter(([field]) => !SHARED.includes(field));
  const shared = Object.keys(properties).filter((field) => SHARED.includes(field));
  const results = Object.entries(outputSchema.properties).filter(([field]) => !isShared(field, outputSchema));
  const also =
    shared.length === 0
      ? []
      : [`${own.length === 0 ? 'Takes' : 'Also takes'} ${shared.map(code).join(', ')}.`];
  return [
    `## \`${name}\``,
    `${title}. ${factsOf(spec)}`,
    escape(description),
    ...(own.length === 0
      ? []
      : [
          tableOf(
            ['Parameter', 'Type', 'Default', 'What it is'],
            own.map(([field, schema]) => parameterRow(field, schema, required.includes(field))),
          ),
        ]),
    ...also,
    ...(results.length === 0
      ? []
      : [
          tableOf(
            ['Result', 'Type', 'What it is'],
            results.flatMap(([field, schema]) => resultRows(field, schema)),
          ),
        ]),
    `\`\`\`json\n${JSON.stringify({ name, arguments: exampleOf(descriptor) }, null, 2)}\n\`\`\``,
  ].join('\n\n');
}

/** A dry run's effects and a tool's own may have one name. */
function isShared(field, { required }) {
  return SHARED_RESULTS.includes(field) && !required.includes(field);
}

function factsOf({ toolset, lean, scopes, network, annotations }) {
  const needs = scopes.length === 0 ? 'no scope' : `scope ${scopes.map(code).join(', ')}`;
  const where = toolset === undefined ? (lean ? 'Lean mode' : 'Every toolset') : `Toolset ${code(toolset)}`;
  const what = [
    ...(annotations.readOnlyHint ? ['only reads'] : []),
    ...(annotations.destructiveHint ? ['may lose something'] : []),
    ...(annotations.idempotentHint && !annotations.readOnlyHint ? ['idempotent'] : []),
    ...(network ? ['uses the network'] : []),
  ];
  return `${where}, ${needs}${what.length === 0 ? '' : `; ${what.join(', ')}`}.`;
}

function parameterRow(name, schema, isRequired) {
  const { description = '', default: preset } = schema;
  const written = preset === undefined || isEmptyList(preset) ? '' : code(JSON.stringify(preset));
  return [code(name), typeOf(schema), isRequired ? '(required)' : written, escape(description)];
}

function resultRows(name, schema) {
  const { description = '', type, items } = schema;
  const nested = type === 'array' ? items : schema;
  const prefix = type === 'array' ? `${name}[]` : name;
  const inner = Object.entries(nested?.properties ?? {}).flatMap(([field, of]) =>
    resultRows(`${prefix}.${field}`, of),
  );
  return [[code(name), typeOf(schema), escape(description)], ...inner];
}

function typeOf({ type, enum: choices, items, const: only, pattern, minimum, maximum }) {
  if (only !== undefined) return code(JSON.stringify(only));
  if (choices) return choices.map((choice) => code(String(choice))).join(', ');
  if (type === 'array')
    return `list of ${items?.enum ? typeOf(items) : plural(String(items?.type ?? 'value'))}`;
  const range = minimum === undefined && maximum === undefined ? '' : ` ${minimum ?? ''}..${maximum ?? ''}`;
  return `${Array.isArray(type) ? type.join(' or ') : (type ?? (pattern ? 'string' : 'any'))}${range}`;
}

function plural(type) {
  return `${type}s`;
}

function isEmptyList(value) {
  return Array.isArray(value) && value.length === 0;
}

function tableOf(heading, rows) {
  return [heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function code(text) {
  return `\`${text.replaceAll('|', String.raw`\|`)}\``;
}

function escape(text) {
  return text.replaceAll('|', String.raw`\|`).replaceAll('<', String.raw`\<`);
}

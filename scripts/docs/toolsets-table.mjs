const MARKED = /(<!-- toolsets -->)[\s\S]*?(<!-- \/toolsets -->)/;

/**
 * Puts the table of toolsets in its place in docs/mcp.md.
 *
 * @param tools `{spec}` of each tool, in the order of `tools/list`
 */
export function withToolsets(text, tools) {
  const toolsets = new Map();
  for (const { spec } of tools) {
    // What every toolset has is listed by none.
    if (!spec.name.startsWith('git_')) continue;
    toolsets.set(spec.toolset, [...(toolsets.get(spec.toolset) ?? []), spec.name.slice('git_'.length)]);
  }
  const rows = [...toolsets].map(([name, tools]) => `| \`${name}\` | \`${tools.join(' ')}\` |`);
  const table = ['| Toolset | Tools (each with `git_` before it) |', '| --- | --- |', ...rows].join('\n');
  return text.replace(MARKED, (_, start, end) => `${start}\n\n${table}\n\n${end}`);
}

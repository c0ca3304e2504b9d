import { toWritten } from './setting-value.js';
import { kindOf } from './setting-words.js';
import { listSettings, type Setting } from './settings.js';

/**
 * The settings as a Markdown table.
 *
 * @param which `common`: those with a short variable; `all`: every setting
 */
export function renderSettingsTable(which: 'all' | 'common'): string {
  const settings = listSettings().filter(
    ({ shortVariables }) => which === 'all' || shortVariables.length > 0,
  );
  const heading = ['| Key | Variable | Default | What it does |', '|---|---|---|---|'];
  return [...heading, ...settings.map((setting) => renderRow(setting))].join('\n');
}

function renderRow({ key, variable, shortVariables, info, defaultValue }: Setting): string {
  const written = toWritten(info, defaultValue);
  const variables = [...shortVariables, variable].map(code).join(', ');
  const value = code(typeof written === 'string' ? written : JSON.stringify(written));
  return `| ${[code(key), variables, value, `${escape(info.description)} (${escape(kindOf(info))})`].join(' | ')} |`;
}

function code(text: string): string {
  return `\`${escape(text)}\``;
}

function escape(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}

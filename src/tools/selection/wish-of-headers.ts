import { type IncomingHttpHeaders } from 'node:http';

import { type FieldIssue, ServerError } from '../../shared/errors/index.js';
import { type ToolsWish } from './tools-wish.dto.js';

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/**
 * What the headers of a request ask for: `X-MCP-Toolsets` and `X-MCP-Exclude-Tools` (names separated by commas),
 * `X-MCP-Readonly` (`true`, `false`), `X-MCP-Tool-Mode` (`full`, `lean`). An empty header counts as none.
 *
 * @throws ServerError `validation_failed`; its issues have the header's name as path
 */
export function wishOfHeaders(headers: IncomingHttpHeaders): ToolsWish {
  const toolsets = namesOf(textOf(headers['x-mcp-toolsets']));
  const exclude = namesOf(textOf(headers['x-mcp-exclude-tools']));
  const readOnly = flagOf('X-MCP-Readonly', textOf(headers['x-mcp-readonly']));
  const mode = modeOf('X-MCP-Tool-Mode', textOf(headers['x-mcp-tool-mode']));
  return {
    ...(toolsets !== undefined && { toolsets }),
    ...(exclude !== undefined && { exclude }),
    ...(readOnly !== undefined && { read_only: readOnly }),
    ...(mode !== undefined && { mode }),
  };
}

function textOf(header: string | string[] | undefined): string | undefined {
  const text = (Array.isArray(header) ? header.join(',') : (header ?? '')).trim();
  return text === '' ? undefined : text;
}

function namesOf(text: string | undefined): string[] | undefined {
  return text
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function flagOf(header: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  const flag = FLAGS.get(text.toLowerCase());
  if (flag === undefined) throw malformed(header, 'isBoolean', `${header} must be true or false`);
  return flag;
}

function modeOf(header: string, text: string | undefined): 'full' | 'lean' | undefined {
  const mode = text?.toLowerCase();
  if (mode === undefined || mode === 'full' || mode === 'lean') return mode;
  throw malformed(header, 'isIn', `${header} must be full or lean`);
}

function malformed(path: string, constraint: string, message: string): ServerError {
  const issue: FieldIssue = { path, constraint, message };
  return new ServerError('validation_failed', message, { details: [issue] });
}

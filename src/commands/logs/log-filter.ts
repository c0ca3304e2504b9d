import { parseDuration } from '../../config/units.js';
import { type OperatorOptions } from '../operator-options.js';
import { UsageError } from '../usage.error.js';
import { type LogLine } from './log-lines.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/**
 * @param nowMs what `--since 10m` is counted from
 * @returns whether a record is wanted
 * @throws UsageError for a level or a time that is none
 */
export function logFilter(options: OperatorOptions, nowMs: number): (line: LogLine) => boolean {
  const { level, component, session, request, tool, since, until } = options;
  if (level !== undefined && !LEVELS.includes(level))
    throw new UsageError(`--level is one of ${LEVELS.join(', ')}`);
  const from = since === undefined ? undefined : timeOf('--since', since, nowMs);
  const to = until === undefined ? undefined : timeOf('--until', until, nowMs);
  const least = level === undefined ? -1 : LEVELS.indexOf(level);
  const fields = { component, session_id: session, request_id: request, tool };
  const wanted = Object.entries(fields).filter(([, value]) => value !== undefined);
  return (line) =>
    LEVELS.indexOf(line.level ?? 'info') >= least &&
    (from === undefined || (line.timestamp ?? '') >= from) &&
    (to === undefined || (line.timestamp ?? '') <= to) &&
    wanted.every(([name, value]) => line[name] === value);
}

function timeOf(option: string, text: string, nowMs: number): string {
  const ago = parseDuration(text);
  if (ago !== undefined) return new Date(nowMs - ago).toISOString();
  const at = Date.parse(text);
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  throw new UsageError(`${option} expects a time ago (10m) or a date (2026-01-31T10:00:00Z)`);
}

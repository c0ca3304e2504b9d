import { once } from 'node:events';

import { stringify } from 'yaml';

import type { CommandLine } from '../command-line.js';
import { UsageError } from '../usage.error.js';
import { LogAnalysis, type LogReport } from './log-analysis.js';
import { logFilter } from './log-filter.js';
import { type LogLine, readLog } from './log-lines.js';

/** Prints the records that are wanted, or with `analyze` what they add up to. */
export async function runLogs({ words, options }: CommandLine): Promise<void> {
  const analyze = words[0] === 'analyze';
  const [source, surplus] = analyze ? words.slice(1) : words;
  if (surplus !== undefined) throw new UsageError('logs expects one FILE, or - for standard input');
  const isWanted = logFilter(options, Date.now());
  const analysis = new LogAnalysis();
  for await (const line of readLog(source)) {
    if (!isWanted(line)) continue;
    if (analyze) analysis.add(line);
    else if (!(await printed(options.json === true ? JSON.stringify(line) : readable(line)))) return;
  }
  if (!analyze) return;
  const report = analysis.report();
  process.stdout.write(
    options.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : rendered(report),
  );
}

/** @returns false where nobody reads any more (`| head`) */
async function printed(text: string): Promise<boolean> {
  if (process.stdout.destroyed || process.stdout.errored) return false;
  if (!process.stdout.write(`${text}\n`))
    await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')]);
  return true;
}

function readable({
  timestamp = '',
  level = 'info',
  component = '',
  message = '',
  ...fields
}: LogLine): string {
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return [timestamp, level.toUpperCase().padEnd(5), `${component}: ${message}`, ...rest].join(' ').trimEnd();
}

function rendered({ top_errors, slowest, ...report }: LogReport): string {
  return stringify({
    ...report,
    top_errors: top_errors.map(({ error, count, sample }) => ({ error, count, sample: readable(sample) })),
    slowest: slowest.map(({ duration_ms, record }) => ({ duration_ms, record: readable(record) })),
  });
}

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** A record as the server writes it, one to a line. */
export type LogLine = Readonly<Record<string, unknown>> & {
  readonly level?: string;
  readonly timestamp?: string;
  readonly component?: string;
  readonly message?: string;
};

/** A line of garbage may be longer than any record; what is longer than this is one. */
const LONGEST = 1_000_000;

/**
 * The records of a log, read line by line, so that it may be larger than memory. What is no JSON object (the output of
 * other programs, half a line at the end) is passed over.
 */
export async function* readLog(source: string | undefined): AsyncGenerator<LogLine> {
  const input = source === undefined || source === '-' ? process.stdin : createReadStream(source);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  const failure = new Promise<never>((_, reject) => void input.once('error', reject));
  failure.catch(() => lines.close());
  for await (const line of lines) {
    const record = line.length > LONGEST ? undefined : parsed(line);
    if (record) yield record;
  }
  // A file that cannot be read ends the lines as if it were empty.
  if (input.errored) throw input.errored;
}

function parsed(line: string): LogLine | undefined {
  // Containers put their own words in front of it.
  const start = line.indexOf('{');
  if (start === -1) return undefined;
  try {
    return JSON.parse(line.slice(start)) as LogLine;
  } catch {
    return undefined;
  }
}

/** What one call of Nest's `Logger` says, taken apart. */
export interface LogRecord {
  readonly message: string;
  /** The context of the logger: which part of the server speaks. */
  readonly component?: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Reads the arguments that Nest's `Logger` hands on: the message, then objects of fields, errors, and for
 * errors a stack, and last its context.
 */
export function readRecord(message: unknown, rest: readonly unknown[]): LogRecord {
  const last = rest.at(-1);
  const component = typeof last === 'string' ? last : undefined;
  const extras = component === undefined ? rest : rest.slice(0, -1);
  const fields: Record<string, unknown> = {};
  for (const extra of [message, ...extras]) collect(fields, extra, extra === message);
  return { message: textOf(message), ...(component !== undefined && { component }), fields };
}

function collect(fields: Record<string, unknown>, extra: unknown, isMessage: boolean): void {
  if (extra instanceof Error) Object.assign(fields, codeOf(extra), { err: extra });
  else if (typeof extra === 'object' && extra !== null)
    Object.assign(fields, codeOf((extra as { err?: unknown }).err), extra);
  else if (typeof extra === 'string' && !isMessage) fields['stack'] = extra;
}

// The code of a failure is what logs are searched by, so it stands on the record itself.
function codeOf(error: unknown): { code?: string } {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? { code } : {};
}

function textOf(message: unknown): string {
  if (message instanceof Error) return message.message;
  return typeof message === 'object' && message !== null ? '' : String(message);
}

import { type IncomingMessage } from 'node:http';

export type ReadBody =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'malformed' }
  /** Nested as no message is: what reads it by recursion would run out of stack. */
  | { readonly kind: 'too-deep' }
  | { readonly kind: 'too-large' }
  /** The peer went away before it had sent everything. */
  | { readonly kind: 'broken' };

/** Reads a JSON body of at most `maxBytes`. Above that nothing more is kept, and the rest is left unread. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<ReadBody> {
  if (Number(request.headers['content-length']) > maxBytes) return Promise.resolve({ kind: 'too-large' });
  const chunks: Buffer[] = [];
  let length = 0;
  // Not an iteration: that costs as much as all the rest of reading a small body.
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) return void chunks.push(chunk);
      request.pause().removeAllListeners('data');
      resolve({ kind: 'too-large' });
    });
    request.once('end', () => resolve(parse(Buffer.concat(chunks))));
    request.once('error', () => resolve({ kind: 'broken' }));
    request.once('close', () => resolve({ kind: 'broken' }));
  });
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });
/** The deepest tool arguments have a tenth of it. */
const MAX_LEVELS = 256;

function parse(bytes: Buffer): ReadBody {
  let value: unknown;
  try {
    value = JSON.parse(UTF8.decode(bytes));
  } catch {
    return { kind: 'malformed' };
  }
  return nestsWithin(value, MAX_LEVELS) ? { kind: 'json', value } : { kind: 'too-deep' };
}

function nestsWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  for (const key in value) {
    if (!nestsWithin((value as Readonly<Record<string, unknown>>)[key], levels - 1)) return false;
  }
  return true;
}

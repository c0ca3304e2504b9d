import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';

/** A part of a list in stable order, and where the rest begins. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

/**
 * @param kind keeps the cursors of one list from being used with another
 * @throws ProtocolError -32602 for a cursor that this list did not give
 */
export function pageOf<T>(
  kind: string,
  all: readonly T[],
  cursor: string | undefined,
  size: number,
): Page<T> {
  const start = cursor === undefined ? 0 : startOf(kind, cursor, all.length, size);
  const next = start + size;
  return {
    items: start === 0 && next >= all.length ? all : all.slice(start, next),
    ...(next < all.length && { nextCursor: cursorAt(kind, next) }),
  };
}

function cursorAt(kind: string, start: number): string {
  return Buffer.from(`${kind}:${start}`).toString('base64url');
}

function startOf(kind: string, cursor: string, count: number, size: number): number {
  const [name, digits = ''] =
    cursor.length > 64 ? [] : Buffer.from(cursor, 'base64url').toString().split(':');
  const start = /^\d{1,9}$/.test(digits) ? Number(digits) : Number.NaN;
  // A list may have become shorter since: its end is then an empty page, not a fault of the client.
  if (name === kind && start > 0 && start % size === 0) return Math.min(start, count);
  throw new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    'The cursor is not one that this server gave for this list; list again without it',
  );
}

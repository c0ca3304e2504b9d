import { type Answer } from './raw-connection.js';

/** One case of the Autobahn test suite, by its number there, against a server that answers pings instead of echoing. */
export interface Case {
  readonly id: string;
  readonly title: string;
  /** Long ones are made when their turn comes. */
  readonly send: readonly Buffer[] | (() => readonly Buffer[]);
  /** Bytes of one write. */
  readonly chop?: number;
  /** All that the server says, in order. With a `close` it hangs up as well; without one the connection goes on. */
  readonly answers: readonly Answer[];
}

const BEFORE = Buffer.from('{"type":"ping","id":"');
const AFTER = Buffer.from('"}');

/** What our server has in place of an echo: a request whose answer carries the payload back as its `id`. */
export function echo(payload: Buffer | string): Buffer {
  return Buffer.concat([BEFORE, Buffer.isBuffer(payload) ? payload : Buffer.from(payload), AFTER]);
}

/** A request of exactly so many bytes; white space after JSON is part of no value. */
export function echoOfLength(id: string, bytes: number): Buffer {
  return Buffer.concat([echo(id), Buffer.alloc(bytes - echo(id).length, ' ')]);
}

export const PROTOCOL_ERROR: Answer = { close: 1002 };
export const BAD_DATA: Answer = { close: 1007 };
export const NO_BINARY: Answer = { close: 1003 };
export const TOO_BIG: Answer = { close: 1009 };

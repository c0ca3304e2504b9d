import { ERROR_TABLE, type ErrorCode } from './error-table.js';
import type { JsonValue } from '../json.js';

/** One thing wrong with one field, as clients read it in `details` and `warnings`. */
export interface FieldIssue {
  /** Dotted path from the message's root, `''` for the message itself. */
  readonly path: string;
  /** Stable name of the rule that was broken, for example `isString`. */
  readonly constraint: string;
  /** What is wrong and what is expected; never holds the value that was sent. */
  readonly message: string;
}

export type ErrorDetails = Readonly<Record<string, JsonValue>> | readonly FieldIssue[];

export interface ServerErrorOptions extends ErrorOptions {
  readonly details?: ErrorDetails;
  /** When a retry may succeed, in milliseconds from now. Only for recoverable codes. */
  readonly retryAfterMs?: number;
}

/**
 * An expected failure. The message states facts that the client may read; paths outside the client's
 * view, stderr and secrets stay out of it and out of `details`, which the wire carries as well.
 */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly details: ErrorDetails | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: ServerErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
  }

  get severity() {
    return ERROR_TABLE[this.code].severity;
  }

  get recoverable(): boolean {
    return ERROR_TABLE[this.code].recoverable;
  }
}

import { Logger } from '@nestjs/common';

import { type Clock } from '../shared/clock.js';
import { type FieldIssue } from '../shared/errors/index.js';

const QUIET_MS = 1_000;
const MAX_KEYS = 20;
const MAX_TEXT = 64;

interface Quiet {
  until: number;
  suppressed: number;
}

/**
 * Writes refused messages to the log: their type, id, faults and keys, never their values. At most one line a
 * second for each type, so that a flood of bad frames is not a flood of lines; the next line counts the rest.
 */
export class ValidationFailureLog {
  private readonly logger = new Logger('Validation');
  private readonly quiet = new Map<string, Quiet>();

  constructor(private readonly clock: Clock) {}

  /** @param type one of a bounded set */
  write(type: string, message: unknown, issues: readonly FieldIssue[], messageId = idOf(message)): void {
    const now = this.clock.monotonicMs();
    const quiet = this.quiet.get(type);
    if (quiet && now < quiet.until) {
      quiet.suppressed += 1;
      return;
    }
    this.quiet.set(type, { until: now + QUIET_MS, suppressed: 0 });
    this.logger.warn('Message refused by validation', {
      message_type: type,
      message_id: messageId,
      error_type: 'validation_failed',
      error_details: issues.map(({ path, constraint }) => ({ path: cut(path), constraint })),
      message_keys: keysOf(message),
      ...(quiet && quiet.suppressed > 0 && { suppressed: quiet.suppressed }),
    });
  }
}

function idOf(message: unknown): string | null {
  if (typeof message !== 'object' || message === null) return null;
  const { id } = message as { id?: unknown };
  return typeof id === 'string' ? cut(id) : null;
}

function keysOf(message: unknown): readonly string[] {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return [];
  return Object.keys(message).slice(0, MAX_KEYS).map(cut);
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

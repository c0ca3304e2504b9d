import { Inject, Injectable, type Type } from '@nestjs/common';

import { ValidationConfig } from '../config/sections/index.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { type FieldIssue } from '../shared/errors/index.js';
import { hostileContent } from './dto/hostile-content.js';
import { MessageProgram } from './message-program.js';
import { ValidationFailureLog } from './validation-failure.log.js';
import { UNKNOWN_TYPE, type ValidationStats, ValidationStatistics } from './validation-statistics.js';
import { VerdictCache } from './verdict-cache.js';
import { verdictKey } from './verdict-key.js';

export type Validated<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly FieldIssue[] }
  | { readonly ok: false; readonly issues: readonly FieldIssue[] };

const NO_WARNINGS: readonly FieldIssue[] = Object.freeze([]);

/**
 * Decides on every message from outside: strictly first, then, where `validation.mode` is lenient, once more
 * after harmless corrections. A class with class-validator's decorators is the only description of a message; a
 * check compiled from them accepts valid messages quickly, and class-validator itself names what is wrong.
 */
@Injectable()
export class MessageValidator {
  /** What was wrong with messages that are sent again and again. */
  readonly cache: VerdictCache;
  private readonly programs = new Map<Type<object>, MessageProgram<object>>();
  private readonly statistics = new ValidationStatistics();
  private readonly failures: ValidationFailureLog;

  constructor(
    private readonly config: ValidationConfig,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.cache = new VerdictCache(config.cache.maxEntries, config.cache.enabled);
    this.failures = new ValidationFailureLog(clock);
  }

  /**
   * @param plain parsed JSON of any content; it is not changed and not kept
   * @param label type of the message for statistics and log; one of a bounded set, never a caller's text
   * @param messageId for the log, where the message has no `id` of its own
   * @returns a new instance of the class with its defaults, or up to 20 issues. Paths start at the message
   */
  validate<T extends object>(dto: Type<T>, plain: unknown, label: string, messageId?: string): Validated<T> {
    const program = this.programOf(dto);
    const tally = this.statistics.tallyOf(label);
    tally.total += 1;
    if (program.accepts(plain)) {
      tally.successful += 1;
      return { ok: true, value: program.create(plain as object), warnings: NO_WARNINGS };
    }
    const verdict = this.decideSlowly(program, plain);
    if (!verdict.ok) {
      tally.failed += 1;
      this.failures.write(label, plain, verdict.issues, messageId);
      return verdict;
    }
    tally.successful += 1;
    if (verdict.warnings.length > 0) tally.recovered += 1;
    return verdict;
  }

  /** Counts and logs a message that was refused before its class was known: no JSON, no type, an unknown type. */
  refuse(plain: unknown, issues: readonly FieldIssue[]): void {
    const tally = this.statistics.tallyOf(UNKNOWN_TYPE);
    tally.total += 1;
    tally.failed += 1;
    this.failures.write(UNKNOWN_TYPE, plain, issues);
  }

  stats(): ValidationStats {
    return this.statistics.stats();
  }

  private decideSlowly<T extends object>(program: MessageProgram<T>, plain: unknown): Validated<T> {
    const hostile = hostileContent(plain, this.config.maxDepth);
    if (hostile) return { ok: false, issues: [hostile] };
    const original = plain as object;
    const lenient = this.config.mode === 'lenient';
    const { message, warnings } = lenient
      ? program.repair(original)
      : { message: original, warnings: NO_WARNINGS };
    const issues =
      warnings.length > 0 && program.acceptsLeniently(message)
        ? []
        : this.cache.recall(verdictKey(program.key, original, program.hasValidId(original)), () =>
            program.explain(message, lenient),
          );
    return issues.length > 0 ? { ok: false, issues } : { ok: true, value: program.create(message), warnings };
  }

  private programOf<T extends object>(dto: Type<T>): MessageProgram<T> {
    const known = this.programs.get(dto);
    if (known) return known as MessageProgram<T>;
    // Numbered, since two classes may share a name.
    const program = new MessageProgram(dto, String(this.programs.size), this.config.maxDepth);
    this.programs.set(dto, program);
    return program;
  }
}

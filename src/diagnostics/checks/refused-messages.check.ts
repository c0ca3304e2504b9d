import { Injectable } from '@nestjs/common';

import { ValidationConfig } from '../../config/sections/index.js';
import { ErrorAnalyzer } from '../../resilience/error-analyzer.service.js';
import { MessageValidator } from '../../validation/message-validator.service.js';
import { type Check } from '../check.js';
import { type Judgement, ok, warning } from '../finding.js';

const WINDOW_MS = 600_000;
const MINUTE_MS = 60_000;
/** A mistyped message now and then is nobody's problem. */
const TOLERATED = 5;
const CODES = ['validation_failed', 'unknown_message_type'] as const;

@Injectable()
export class RefusedMessagesCheck implements Check {
  readonly id = 'messages.refused';
  readonly section = 'messages';
  readonly guide = 'Message Processing Errors';
  readonly looksAt = 'messages refused in the last ten minutes, by type since the start';

  constructor(
    private readonly analyzer: ErrorAnalyzer,
    private readonly validator: MessageValidator,
    private readonly config: ValidationConfig,
  ) {}

  judge(): Judgement {
    const recent = Math.round(
      CODES.reduce((sum, code) => sum + (this.analyzer.rate(code, WINDOW_MS) * WINDOW_MS) / MINUTE_MS, 0),
    );
    const { total, failed, recovered, byType } = this.validator.stats();
    const refused = Object.entries(byType)
      .filter(([, counts]) => counts.failed > 0)
      .toSorted(([, one], [, other]) => other.failed - one.failed)
      .slice(0, 10)
      .map(([type, counts]) => ({ type, refused: counts.failed, of: counts.total }));
    const { mode } = this.config;
    const figures = { recent, total, refused: failed, recovered, mode, by_type: refused };
    if (recent < TOLERATED) return ok(`${recent} messages were refused in the last ten minutes`, figures);
    const worst = refused[0]?.type ?? 'unknown';
    return warning(
      `${recent} messages were refused in the last ten minutes, most of type ${worst}`,
      figures,
      {
        cause: 'a client sends messages that do not fit; the log names each field (component Validation)',
        cures: [
          { what: 'see field by field what is wrong with one', command: 'mcp-git-server validate FILE' },
          { what: 'find them in the log', command: 'mcp-git-server logs FILE --component Validation' },
          ...(mode === 'strict'
            ? [{ what: 'accept what is harmless', setting: 'validation.mode=lenient' }]
            : []),
        ],
      },
    );
  }
}

import { Injectable } from '@nestjs/common';

import { ValidationConfig } from '../../config/sections/index.js';
import { MessageValidator } from '../../validation/message-validator.service.js';
import { type Check } from '../check.js';
import { type Judgement, ok, warning } from '../finding.js';

const ENABLE = { method: 'PATCH', path: '/admin/validation/cache', body: { enabled: true } } as const;

@Injectable()
export class ValidationCheck implements Check {
  readonly id = 'validation.cache';
  readonly section = 'validation';
  readonly guide = 'Message Format Issues';
  readonly looksAt = 'strict and lenient verdicts, and the cache of verdicts';

  constructor(
    private readonly validator: MessageValidator,
    private readonly config: ValidationConfig,
  ) {}

  judge(): Judgement {
    const { total, successful, failed, recovered } = this.validator.stats();
    const cache = this.validator.cache.stats();
    const figures = {
      mode: this.config.mode,
      total,
      accepted: successful,
      refused: failed,
      recovered,
      cache: { ...cache },
    };
    const said = `${total} messages: ${successful} accepted, ${recovered} of them by leniency, ${failed} refused`;
    if (cache.enabled) return ok(said, figures);
    return warning(`the cache of verdicts is off; ${said}`, figures, {
      cause: 'the same faulty message is taken apart again each time it comes',
      cures: [
        { what: 'switch it on now', command: 'mcp-git-server validation enable', call: ENABLE, safe: true },
        { what: 'and for good', setting: 'validation.cache.enabled=true' },
      ],
    });
  }
}

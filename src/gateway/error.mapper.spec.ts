import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ServerError } from '../shared/errors/index.js';
import { toServerError } from '../resilience/error-report.js';
import { errorFrame } from './error.mapper.js';

const written: unknown[][] = [];
const recorder = { log() {}, warn() {}, error: (...line: unknown[]) => void written.push(line) };

describe('The mapping of errors', () => {
  beforeEach(() => Logger.overrideLogger(recorder));

  afterEach(() => {
    written.length = 0;
    Logger.overrideLogger(false);
  });

  it('keeps what the server foresaw', () => {
    const error = new ServerError('repository_busy', 'somebody writes', {
      retryAfterMs: 12.3,
      details: { tool: 'x' },
    });

    expect(JSON.parse(errorFrame('7', toServerError(error, { sessionId: 's' })))).toEqual({
      type: 'error',
      id: '7',
      error: {
        code: 'repository_busy',
        message: 'somebody writes',
        severity: 'medium',
        recoverable: true,
        retry_after_ms: 13,
        details: { tool: 'x' },
      },
    });
    expect(written).toEqual([]);
  });

  it.each([new TypeError('token=s3cret'), 's3cret', undefined, { s3cret: true }])(
    'keeps %j to the log, under an id that the client gets',
    (thrown) => {
      const error = toServerError(thrown, { sessionId: 's' });

      const frame = errorFrame(null, error);
      expect(frame).not.toContain('s3cret');
      const id: string = JSON.parse(frame).error.details.error_id;
      expect(written).toHaveLength(1);
      expect(written[0]?.[1]).toMatchObject({ error_id: id, session_id: 's', code: 'internal_error' });
    },
  );
});

import { Logger, type LoggerService } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ValidationFailureLog } from './validation-failure.log.js';

const issues = [{ path: 'token', constraint: 'isString', message: 'token must be a string' }];

describe('ValidationFailureLog', () => {
  let lines: unknown[][];
  let nowMs: number;
  let log: ValidationFailureLog;

  beforeEach(() => {
    lines = [];
    nowMs = 0;
    const record = (...line: unknown[]): void => void lines.push(line);
    const recorder: LoggerService = { log: record, warn: record, error: record };
    Logger.overrideLogger(recorder);
    log = new ValidationFailureLog({ nowMs: () => 0, monotonicMs: () => nowMs });
  });

  afterEach(() => Logger.overrideLogger(['log', 'warn', 'error']));

  it('writes type, id, faults and keys, and no value', () => {
    log.write('initialize', { type: 'initialize', id: 'i1', token: { secret: 'S3CRET' } }, issues);

    expect(lines[0]).toEqual([
      'Message refused by validation',
      {
        message_type: 'initialize',
        message_id: 'i1',
        error_type: 'validation_failed',
        error_details: [{ path: 'token', constraint: 'isString' }],
        message_keys: ['type', 'id', 'token'],
      },
      'Validation',
    ]);
    expect(JSON.stringify(lines)).not.toContain('S3CRET');
  });

  it('takes the id from whoever knows it, where the message has none', () => {
    log.write('git_log', { max_count: 'many' }, issues, 'req_7');

    expect(lines[0]?.[1]).toMatchObject({ message_type: 'git_log', message_id: 'req_7' });
  });

  it('writes one line a second for each type and counts what it left out', () => {
    for (let count = 0; count < 100; count += 1) log.write('ping', {}, issues);
    log.write('tools/call', {}, issues);
    nowMs = 1_000;
    log.write('ping', {}, issues);
    nowMs = 2_000;
    log.write('ping', {}, issues);

    const written = lines.map(([, params]) => params as { message_type: string; suppressed?: number });
    expect(written.map(({ message_type, suppressed }) => [message_type, suppressed])).toEqual([
      ['ping', undefined],
      ['tools/call', undefined],
      ['ping', 99],
      ['ping', undefined],
    ]);
  });

  it.each([
    ['a text', 'not json'],
    ['null', null],
    ['a list', [1, 2]],
    ['an id that is an object', { id: { secret: 'S3CRET' } }],
  ])('does not stumble over %s', (_, message) => {
    log.write('unknown', message, issues);

    expect(lines[0]?.[1]).toMatchObject({ message_id: null });
    expect(JSON.stringify(lines)).not.toContain('S3CRET');
  });

  it('keeps its line short whatever the message is', () => {
    const message = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [`${'k'.repeat(200)}${index}`, 1]),
    );

    log.write('unknown', { id: 'x'.repeat(10_000), ...message }, issues);

    expect(JSON.stringify(lines).length).toBeLessThan(3_000);
  });
});

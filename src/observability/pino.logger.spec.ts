import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';

import { ManualClock } from '../../test/support/manual-clock.js';
import { LogConfig } from '../config/sections/index.js';
import { ServerError } from '../shared/errors/index.js';
import { type LogDestination } from './log/log-destination.js';
import { PinoLogger } from './pino.logger.js';

class Lines implements LogDestination {
  readonly lines: string[] = [];
  flushed = 0;

  write(line: string): void {
    this.lines.push(line);
  }

  flushSync(): void {
    this.flushed += 1;
  }

  get last(): Record<string, unknown> {
    return JSON.parse(this.lines.at(-1) ?? 'null') as Record<string, unknown>;
  }
}

describe('PinoLogger', () => {
  let destination: Lines;
  let logger: PinoLogger;

  beforeEach(() => {
    destination = new Lines();
    logger = new PinoLogger(new LogConfig(), destination, new ManualClock());
  });

  it('writes one JSON line with level, time, component, the fields given, and the message', () => {
    logger.log('Tool ran', { session_id: 's1', request_id: 'r1', duration_ms: 12.5 }, 'ToolRunner');

    expect(destination.lines).toEqual([
      '{"level":"info","timestamp":"2024-01-01T00:00:00.000Z","component":"ToolRunner","session_id":"s1","request_id":"r1","duration_ms":12.5,"message":"Tool ran"}\n',
    ]);
  });

  it('understands what the loggers of Nest hand on', () => {
    Logger.overrideLogger(logger);
    const nest = new Logger('Gateway');

    nest.warn('Slow reader', { bytes: 3 });

    expect(destination.last).toMatchObject({
      level: 'warn',
      component: 'Gateway',
      bytes: 3,
      message: 'Slow reader',
    });
    Logger.overrideLogger(false);
  });

  it('shows a failure with its code, its name, its stack and its cause', () => {
    const cause = Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' });

    logger.error(
      'Tool failed',
      { err: new ServerError('operation_failed', 'git push failed', { cause }) },
      'ToolRunner',
    );

    expect(destination.last).toMatchObject({
      code: 'operation_failed',
      err: {
        name: 'ServerError',
        message: 'git push failed',
        stack: expect.stringContaining('pino.logger.spec') as string,
        cause: { message: 'connect failed', code: 'ECONNREFUSED' },
      },
    });
  });

  it.each([
    [
      'an error in place of a message',
      [new Error('broken')],
      { message: 'broken', err: { message: 'broken' } },
    ],
    [
      'a stack as Nest passes it',
      ['broken', 'Error: broken\n  at x'],
      { message: 'broken', stack: 'Error: broken\n  at x' },
    ],
  ])('accepts %s', (_, args, expected) => {
    logger.error(args[0], ...args.slice(1), 'Nest');

    expect(destination.last).toMatchObject({ component: 'Nest', ...expected });
  });

  it.each([
    ['a password in a URL', 'fetch https://ada:hunter2@example.org/x failed'],
    ['a password with an @ in a URL', 'fetch https://ada:hunter2@hunter2@example.org/x failed'],
    ['a bearer token', 'sent Authorization: Bearer hunter2.hunter2'],
    ['a token in a query', 'GET /ws?token=hunter2&x=1'],
    ['a token of a forge', 'used ghp_hunter2hunter2'],
  ])('keeps %s out of message, fields, errors and stacks', (_, text) => {
    logger.error(
      text,
      { url: text, nested: { list: [text] }, err: new Error(text, { cause: new Error(text) }) },
      'Git',
    );

    expect(destination.lines.join('')).not.toContain('hunter2');
    expect(destination.lines.join('')).toContain('***');
  });

  it.each(['token', 'authorization', 'Password', 'client_secret', 'sha256', 'apiKey', 'Cookie'])(
    'masks the field %s',
    (key) => {
      logger.log('Configured', { section: { [key]: 'hunter2' }, [key]: ['hunter2'] }, 'Config');

      expect(destination.lines.join('')).not.toContain('hunter2');
    },
  );

  it('gives a terminal nothing to obey', () => {
    logger.log('name \u001b[2J\u0007 end', 'Gateway');

    expect(destination.last['message']).toBe('name \u{FFFD}[2J\u{FFFD} end');
  });

  it('survives what cannot be written as JSON', () => {
    const loop: Record<string, unknown> = {
      big: 10n,
      run: () => 1,
      map: new Map([['a', 1]]),
      bad: new Date(Number.NaN),
    };
    loop['self'] = loop;

    logger.log('Strange', loop, 'Test');

    expect(destination.last).toMatchObject({ message: 'Strange', big: '10', map: [['a', 1]] });
  });

  it('writes nothing below its level, and follows a change of it', () => {
    logger.debug('hidden', 'Sessions');
    logger.setLevel('debug');
    logger.debug('shown', 'Sessions');

    expect(destination.lines).toHaveLength(1);
    expect(destination.last).toMatchObject({ level: 'debug', message: 'shown' });
  });

  it('lets one component speak more, until it is told otherwise', () => {
    logger.setLevel('trace', 'Sessions');
    logger.verbose('shown', 'Sessions');
    logger.verbose('hidden', 'Gateway');
    expect(logger.levels()).toEqual({ level: 'info', components: { Sessions: 'trace' } });

    logger.clearLevel('Sessions');
    logger.verbose('hidden', 'Sessions');

    expect(destination.lines).toHaveLength(1);
  });

  it('writes what is buffered before a fatal end and at shutdown', () => {
    logger.fatal('Out of memory', 'Server');
    logger.onApplicationShutdown();

    expect(destination.flushed).toBe(2);
  });

  it('takes linear time on a text made to be slow', () => {
    const hostile = [
      ':'.repeat(100_000),
      '://'.repeat(50_000),
      `bearer${' '.repeat(100_000)}`,
      'gh'.repeat(100_000),
      '?token='.repeat(20_000),
    ];

    for (const text of hostile) logger.log(text, 'Gateway');

    expect(destination.lines).toHaveLength(hostile.length);
  });
});

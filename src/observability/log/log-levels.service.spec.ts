import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ManualClock } from '../../../test/support/manual-clock.js';
import { LogConfig } from '../../config/sections/index.js';
import { PinoLogger } from '../pino.logger.js';
import { type LogDestination } from './log-destination.js';
import { LogLevels } from './log-levels.service.js';

describe('Log levels', () => {
  let written: string[];
  let pino: PinoLogger;
  let levels: LogLevels;

  beforeEach(() => {
    vi.useFakeTimers();
    written = [];
    const destination = { write: (text: string) => written.push(text) } as unknown as LogDestination;
    pino = new PinoLogger(Object.assign(new LogConfig(), { level: 'info' }), destination, new ManualClock());
    levels = new LogLevels(pino);
  });

  afterEach(() => {
    levels.onApplicationShutdown();
    const left = vi.getTimerCount();
    vi.useRealTimers();
    if (left > 0) throw new Error('a timer was left');
  });

  /** Whether a debug record of the component is written now. */
  function speaks(component: string): boolean {
    const before = written.length;
    pino.debug('hidden or not', component);
    return written.length > before;
  }

  it('of one component change for a while and go back by themselves', () => {
    levels.set('debug', 'GitCli', 1_000);
    expect([speaks('GitCli'), speaks('Server')]).toEqual([true, false]);

    vi.advanceTimersByTime(999);
    expect(speaks('GitCli')).toBe(true);
    vi.advanceTimersByTime(1);

    expect(speaks('GitCli')).toBe(false);
    expect(levels.view()).toEqual({ level: 'info', components: {} });
  });

  it('go back to what they were before the first of several changes', () => {
    levels.set('debug', undefined, 1_000);
    vi.advanceTimersByTime(900);
    levels.set('trace', undefined, 1_000);
    vi.advanceTimersByTime(900);
    expect(levels.view().level).toBe('trace');

    vi.advanceTimersByTime(100);

    expect(levels.view().level).toBe('info');
  });

  it('of everything are switched on, and off again before their time', () => {
    levels.toggleDebug(1_000);
    expect(speaks('Server')).toBe(true);

    levels.toggleDebug(1_000);

    expect(speaks('Server')).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parsePointInTime } from './point-in-time.js';

const now = Date.UTC(2024, 2, 31, 12, 30, 15);
const read = (text: string, edge: 'start' | 'end' = 'start'): string | undefined => {
  const seconds = parsePointInTime(text, now, edge);
  return seconds === undefined ? undefined : new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');
};

describe('parsePointInTime', () => {
  it.each([
    ['2024-01-15T14:30:25', '2024-01-15T14:30:25Z'],
    ['2024-01-15T14:30:25Z', '2024-01-15T14:30:25Z'],
    ['2024-01-15T14:30:25.123Z', '2024-01-15T14:30:25Z'],
    ['2024-01-15T14:30:25+01:00', '2024-01-15T13:30:25Z'],
    ['2024-01-15 14:30 -0530', '2024-01-15T20:00:00Z'],
    ['2024-02-29', '2024-02-29T00:00:00Z'],
    ['Jan 15 2024', '2024-01-15T00:00:00Z'],
    ['January 15, 2024', '2024-01-15T00:00:00Z'],
    ['15 Sept 2024 08:05', '2024-09-15T08:05:00Z'],
    ['@1705329025', '2024-01-15T14:30:25Z'],
    ['1705329025', '2024-01-15T14:30:25Z'],
    ['now', '2024-03-31T12:30:15Z'],
    ['Today', '2024-03-31T00:00:00Z'],
    ['yesterday', '2024-03-30T00:00:00Z'],
    ['2 weeks ago', '2024-03-17T12:30:15Z'],
    ['2.weeks.ago', '2024-03-17T12:30:15Z'],
    ['an hour ago', '2024-03-31T11:30:15Z'],
    ['90 minutes ago', '2024-03-31T11:00:15Z'],
    ['last week', '2024-03-24T12:30:15Z'],
    ['1 month ago', '2024-02-29T12:30:15Z'],
    ['last year', '2023-03-31T12:30:15Z'],
    ['  3   days   ago ', '2024-03-28T12:30:15Z'],
  ])('reads %s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it.each([
    ['2024-01-15', '2024-01-15T23:59:59Z'],
    ['Jan 15 2024', '2024-01-15T23:59:59Z'],
    ['yesterday', '2024-03-30T23:59:59Z'],
    ['2024-01-15T00:00:00Z', '2024-01-15T00:00:00Z'],
  ])('takes the whole day of %s where it ends a span', (text, expected) => {
    expect(read(text, 'end')).toBe(expected);
  });

  it.each([
    '',
    'soon',
    '2024-02-31',
    '2023-02-29',
    '2024-13-01',
    '2024-01-15T24:00:00',
    '2024-01-15T10:60',
    'Foo 15 2024',
    'Jan 32 2024',
    '15.01.2024',
    '01/15/2024',
    '--output=x',
    '2 weeks',
    '999999 years ago',
    '1e9',
  ])('refuses %s', (text) => {
    expect(read(text)).toBeUndefined();
  });

  it.each(['1969-12-31', '999999 weeks ago', '1970-01-01T00:00+01:00'])(
    'takes %s for the first second that git knows',
    (text) => {
      expect(parsePointInTime(text, now, 'start')).toBe(0);
    },
  );

  it('reads back every second that ISO 8601 can name', () => {
    const dates = fc.date({ min: new Date(0), max: new Date(253_402_300_799_000), noInvalidDate: true });

    const readsBack = fc.property(dates, (date) => {
      return parsePointInTime(date.toISOString(), now, 'start') === Math.floor(date.getTime() / 1_000);
    });

    expect(() => fc.assert(readsBack)).not.toThrow();
  });

  it('never throws and never gives anything but whole seconds', () => {
    const wholeOrNothing = fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
      const seconds = parsePointInTime(text, now, 'start');
      return seconds === undefined || Number.isInteger(seconds);
    });

    expect(() => fc.assert(wholeOrNothing)).not.toThrow();
  });
});

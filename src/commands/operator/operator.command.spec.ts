import { describe, expect, it } from 'vitest';

import { readCommandLine } from '../command-line.js';
import { CURES } from './cures.js';

describe('Commands of an operator', () => {
  it.each(CURES.map(({ words }) => [words]))('reads %s', (words) => {
    const line = readCommandLine(words.split(' '));

    expect([line.command, ...line.words].join(' ')).toBe(words);
  });

  it('refuses an option of another command', () => {
    expect(() => readCommandLine(['serve', '--json'])).toThrow('--json belongs to the commands of operators');
    expect(() => readCommandLine(['sessions', 'clean', '--emergency'])).toThrow('the command recover');
  });

  it('recovers only when it is meant', () => {
    const recover = CURES.find(({ words }) => words === 'recover');

    expect(() => recover?.call([], {})).toThrow('--emergency');
    expect(recover?.call([], { emergency: true })).toEqual({
      method: 'POST',
      path: '/admin/recovery/emergency',
    });
  });

  it('lets no name reach beyond its place in the address', () => {
    const reset = CURES.find(({ words }) => words === 'circuits reset NAME');

    expect(reset?.call(['../../drain'], {}).path).toBe('/admin/circuits/..%2F..%2Fdrain/reset');
  });
});

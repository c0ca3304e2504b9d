import { describe, expect, it } from 'vitest';

import { type ServerError } from '../shared/errors/index.js';
import { systemClock } from '../shared/clock.js';
import { RunningOperations } from './running-operations.js';

describe('Operations that are under way', () => {
  it('are told oldest first, until each is over', () => {
    const { underway, begin } = operations();
    const over = ['first', 'second', 'third', 'fourth'].map((name) => begin(name));
    const names = () => underway.views().map(({ name }) => name);

    expect(names()).toEqual(['first', 'second', 'third', 'fourth']);
    over[1]?.();
    over[1]?.();
    expect(names()).toEqual(['first', 'third', 'fourth']);
    over[3]?.();
    over[0]?.();
    begin('fifth');
    expect(names()).toEqual(['third', 'fifth']);
  });

  it('are ended by their number, one by one', () => {
    const { underway, begin, ended } = operations();
    begin('first');
    begin('second');
    const [, second] = underway.views();

    expect([underway.end(second?.id ?? ''), underway.end('none'), underway.end('')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(ended).toEqual(['second operation_cancelled']);
  });

  it('are ended all at once, also where each goes as it is ended', () => {
    const { underway, begin, ended } = operations();
    for (const name of ['first', 'second', 'third']) {
      const over: () => void = begin(name, () => over());
    }

    expect(underway.endAll()).toBe(3);
    expect(ended.map((text) => text.split(' ')[0])).toEqual(['first', 'second', 'third']);
    expect(underway.views()).toEqual([]);
  });
});

function operations() {
  const underway = new RunningOperations(systemClock);
  const ended: string[] = [];
  const begin = (name: string, onEnd = () => {}) => {
    const operation = {
      principal: '',
      owner: 'session',
      kind: 'git.read',
      name,
      idempotent: true,
      timeoutMs: 1,
    };
    const abort = ({ code }: ServerError) => {
      ended.push(`${name} ${code}`);
      onEnd();
    };
    return underway.begin(operation, { abort });
  };
  return { underway, begin, ended };
}

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { cursorAt, type Place, positionOf } from './cursor.js';

const place = (more: object = {}): Place => ({
  tool: 'git_log',
  input: { repo_path: '/a', ...more },
  state: () => 'head',
});
const opened = (cursor: string, at: Place = place()) => positionOf({ ...at, input: { ...at.input, cursor } });
const refusal = (constraint: string) =>
  expect.objectContaining({
    code: 'validation_failed',
    details: [expect.objectContaining({ path: 'arguments.cursor', constraint })],
  }) as unknown;

describe('A cursor', () => {
  it('says where to go on', () => {
    expect(opened(cursorAt(place(), [3, 0, 12]))).toEqual([3, 0, 12]);
    expect(positionOf(place())).toBeUndefined();
  });

  it('serves whatever the form of the answer', () => {
    const cursor = cursorAt(place({ max_bytes: 1_000, verbosity: 'full' }), [1]);

    expect(opened(cursor, place({ response_format: 'json' }))).toEqual([1]);
  });

  it.each([
    ['another tool', { ...place(), tool: 'git_diff' }, 'cursorIsKnown'],
    ['other arguments', place({ max_count: 5 }), 'cursorIsKnown'],
    ['another repository', place({ repo_path: '/b' }), 'cursorIsKnown'],
    ['a repository that has changed', { ...place(), state: () => 'other' }, 'cursorIsCurrent'],
  ])('is refused with %s', (_, at, constraint) => {
    expect(() => opened(cursorAt(place(), [1]), at)).toThrow(refusal(constraint));
  });

  it('is refused where somebody made it up', () => {
    const claim = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(fc.jsonValue()).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(claim, fc.boolean(), (text, encoded) => {
        const cursor = encoded ? Buffer.from(text).toString('base64url') : text;
        expect(() => opened(cursor)).toThrow(refusal('cursorIsKnown'));
      }),
    );
  });

  it.each([[[]], [[-1]], [[1.5]], [['1']], [[2 ** 60]], [[1, 2, 3, 4, 5]], [[null]]])(
    'is refused where its position is %j',
    (at) => {
      expect(() => opened(cursorAt(place(), at as number[]))).toThrow(refusal('cursorIsKnown'));
    },
  );
});

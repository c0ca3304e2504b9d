import { execFileSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import { withTrailers } from './commit-message.js';

const ada = 'Reviewed-by: Ada <ada@example.org>';
const bob = 'Co-authored-by: Bob <bob@example.org>';

/** What git takes for trailers. */
const parsed = (message: string) =>
  execFileSync('git', ['interpret-trailers', '--parse'], { input: message, encoding: 'utf8' });

describe('Trailers of a commit message', () => {
  it.each([
    ['after a subject', 'one', `one\n\n${ada}\n${bob}\n`],
    ['after a subject that looks like one', 'fix: this', `fix: this\n\n${ada}\n${bob}\n`],
    ['after a body', 'one\n\nbody\nmore\n', `one\n\nbody\nmore\n\n${ada}\n${bob}\n`],
    ['below others', 'one\n\nFixes: 1\n', `one\n\nFixes: 1\n${ada}\n${bob}\n`],
    ['each once', `one\n\n${bob}\n`, `one\n\n${bob}\n${ada}\n`],
  ])('stand %s', (_where, message, expected) => {
    const result = withTrailers(message, [ada, bob, ada]);

    expect(result).toBe(expected);
    expect(parsed(result)).toContain(ada);
    expect(parsed(result)).toContain(bob);
  });

  it('are none where none are given, or all are there', () => {
    expect(withTrailers('one\n', [])).toBe('one\n');
    expect(withTrailers(`one\n\n${ada}\n`, [ada])).toBe(`one\n\n${ada}\n`);
  });
});

import { describe, expect, it } from 'vitest';

import { parseCommit, subjectOf } from './commit.parser.js';

const who = 'Ada <ada@example.org> 1700000000 +0130';
const header = (author = who, more = '') =>
  `tree ${'1'.repeat(40)}\nparent ${'2'.repeat(40)}\nparent ${'3'.repeat(40)}\nauthor ${author}\ncommitter ${who}${more}`;

describe('A stored commit', () => {
  it('tells its parents, people, times and message', () => {
    expect(parseCommit('abc', header(), 'subject\n\nbody\n')).toEqual({
      sha: 'abc',
      parents: ['2'.repeat(40), '3'.repeat(40)],
      author: { name: 'Ada', email: 'ada@example.org', at: 1_700_000_000, offsetMinutes: 90 },
      committer: { name: 'Ada', email: 'ada@example.org', at: 1_700_000_000, offsetMinutes: 90 },
      message: 'subject\n\nbody\n',
    });
  });

  it.each([
    ['+0000', 0],
    ['-0000', 0],
    ['-0830', -510],
    ['+1345', 825],
  ])('reads the zone %s as %i minutes', (zone, minutes) => {
    const { author } = parseCommit('abc', header(`Ada <a@b> 1 ${zone}`), '');

    expect(author.offsetMinutes).toBe(minutes);
  });

  it.each([
    ['an identity without a time', header('Ada <a@b>'), 'odd-identity'],
    ['an identity with a mail in a mail', header('Ada <a<b>> 1 +0000'), 'odd-identity'],
    ['a name that ends in spaces', header('Ada   <a@b> 1 +0000'), 'odd-identity'],
    ['a time that is no number', header('Ada <a@b> soon +0000'), 'odd-identity'],
    ['an encoding of its own', header(who, '\nencoding ISO-8859-1'), 'commit-encoding'],
  ])('leaves to git what has %s', (_, given, reason) => {
    expect(() => parseCommit('abc', given, '')).toThrow(reason);
  });
});

describe('The subject of a message', () => {
  it.each([
    ['one line\n', 'one line'],
    ['two\nlines\n\nbody\n', 'two lines'],
    ['\n\nafter empty lines\n', 'after empty lines'],
    ['', ''],
    ['\n', ''],
  ])('of %j is %j', (message, subject) => {
    expect(subjectOf(message)).toBe(subject);
  });

  it('is left to git where there are carriage returns', () => {
    expect(() => subjectOf('one\r\n')).toThrow('odd-subject');
  });
});

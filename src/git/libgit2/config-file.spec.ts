import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { isTrue, parseConfig } from './config-file.js';
import { Unsuited } from './unsuited.error.js';

describe('Configuration of a repository', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** As git reads it: key and values, `null` where it refuses the file. */
  function byGit(text: string): Record<string, string[]> | null {
    const file = join(folder, 'config');
    writeFileSync(file, text);
    const values: Record<string, string[]> = {};
    try {
      const output = execFileSync('git', ['config', '--file', file, '--list', '-z'], {
        encoding: 'utf8',
        stdio: 'pipe',
      });
      for (const entry of output.split('\0').filter(Boolean)) {
        const [key = '', ...value] = entry.split('\n');
        (values[key] ??= []).push(entry.includes('\n') ? value.join('\n') : 'true');
      }
      return values;
    } catch {
      return null;
    }
  }

  it.each([
    [
      'sections, comments and case',
      '; c\n[Core]\n\tFileMode = true # yes\n bare=false\n[core] bare = true\n',
    ],
    ['a subsection, whose case counts', '[branch "Main"]\n\tremote = origin\n\tmerge = refs/heads/Main\n'],
    ['quotes inside a subsection', '[branch "a\\"b\\\\c"]\nremote = .\n'],
    ['a key without a value', '[core]\n\tbare\n'],
    ['an empty value', '[core]\n\tx =\n'],
    ['quoted values', '[a]\nx = "one # two ; three"\ny = " spaced "\nz = a "b c" d\n'],
    ['escapes', '[a]\nx = one\\ttwo\\nthree\\\\four\\"five\n'],
    ['several values', '[remote "o"]\nfetch = a\nfetch = b\n'],
    ['a value on the line of its section', '[a] x = 1\n'],
    ['no newline at the end', '[a]\nx = 1'],
    ['carriage returns', '[a]\r\nx = 1\r\n'],
  ])('reads %s as git does', (_, text) => {
    expect(byUs(text)).toEqual(byGit(text));
  });

  it.each([
    ['an include', '[include]\npath = other\n', 'config-include'],
    ['a conditional include', '[includeIf "gitdir:/"]\npath = other\n', 'config-include'],
    ['a value over two lines', '[a]\nx = one\\\n two\n', 'config-syntax'],
    ['what is no configuration', '[a]\n= 1\n', 'config-syntax'],
    ['an open quote', '[a]\nx = "one\n', 'config-syntax'],
  ])('leaves %s to git', (_, text, reason) => {
    expect(() => parseConfig(text)).toThrow(reason);
  });

  it('never reads a file otherwise than git', () => {
    const piece = fc.constantFrom(
      '[a]',
      '[b "C d"]',
      '[e.f]',
      'x',
      ' = ',
      '=',
      '1',
      '"',
      '\\',
      '\\n',
      '#',
      ';',
      ' ',
      '\t',
      '\n',
      '\n',
      'y = z',
      '"q"',
      'true',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('');
        const ours = orReason(() => byUs(text));
        const theirs = byGit(text);
        // What we leave to git is git's; what git refuses altogether, it refuses as well when it is asked.
        fc.pre(!(ours instanceof Unsuited) && theirs !== null);

        expect(ours).toEqual(theirs);
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['true', true],
    ['yes', true],
    ['1', true],
    ['False', false],
    ['off', false],
    ['0', false],
    ['', false],
    [undefined, false],
  ])('takes %s for %s', (value, truth) => {
    expect(isTrue(value)).toBe(truth);
  });
});

function byUs(text: string): unknown {
  return Object.fromEntries(parseConfig(text));
}

function orReason(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return error;
  }
}

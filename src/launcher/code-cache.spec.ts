import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TemporaryFolder } from '../../test/support/temporary-folder.js';
import { compile, keepCompiled } from './code-cache.js';

const COMPILED = join(import.meta.dirname, '../../dist/launcher/code-cache.js');
const SOURCE = '(() => "old answer")()';

describe('The code cache', () => {
  let folder: TemporaryFolder;
  let file: string;

  beforeEach(() => {
    folder = new TemporaryFolder();
    file = join(folder.path, 'main.cjs');
    const script = compile(file, SOURCE);
    script.runInThisContext();
    keepCompiled(file, SOURCE, script);
  });

  afterEach(() => folder.remove());

  // In processes of their own: in one process V8 remembers by itself what it has compiled.
  it.each([
    ['is taken by V8', [], false],
    ['is refused by V8 under other flags, and the source is compiled', ['--no-lazy'], true],
  ])('%s', (_, flags, rejected) => {
    const program = `
      import { compile } from ${JSON.stringify(COMPILED)};
      const script = compile(${JSON.stringify(file)}, ${JSON.stringify(SOURCE)});
      console.log(JSON.stringify([script.cachedDataRejected, script.runInThisContext()]));`;

    const answer = execFileSync(process.execPath, [...flags, '--input-type=module', '-e', program], {
      encoding: 'utf8',
    });

    expect(JSON.parse(answer)).toEqual([rejected, 'old answer']);
  });

  it('is not taken for another source of the same length', () => {
    const script = compile(file, SOURCE.replace('old', 'new'));

    expect(script.cachedDataRejected).toBeUndefined();
    expect(script.runInThisContext()).toBe('new answer');
  });

  it.each([
    ['is cut off', (cache: Buffer) => cache.subarray(0, cache.length / 2)],
    ['is empty', () => Buffer.alloc(0)],
    ['is damaged', (cache: Buffer) => cache.fill(0xff, cache.length - 10)],
  ])('is not taken where it %s', (_, spoil) => {
    writeFileSync(`${file}.cache`, spoil(readFileSync(`${file}.cache`)));

    const script = compile(file, SOURCE);

    expect(script.cachedDataRejected).toBeUndefined();
    expect(script.runInThisContext()).toBe('old answer');
  });
});

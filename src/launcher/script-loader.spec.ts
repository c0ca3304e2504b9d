import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TemporaryFolder } from '../../test/support/temporary-folder.js';
import { ScriptLoader } from './script-loader.js';

const SOURCE = 'exports.answer = () => "old answer";';

const answer = (loader: ScriptLoader) => (loader.load('main.cjs') as { answer(): unknown }).answer();

describe('ScriptLoader', () => {
  let folder: TemporaryFolder;
  let file: string;

  beforeEach(() => {
    folder = new TemporaryFolder();
    file = join(folder.path, 'main.cjs');
    writeFileSync(file, SOURCE);
  });

  afterEach(() => folder.remove());

  const start = () => new ScriptLoader(folder.path);
  const recorded = () => {
    const loader = start();
    answer(loader);
    loader.keepCompiled();
  };

  it('loads files that need each other once, and modules of Node', () => {
    writeFileSync(file, 'const { twice } = require("./b.cjs"); exports.one = {}; exports.answer = twice;');
    writeFileSync(
      join(folder.path, 'b.cjs'),
      'const a = require("./main.cjs"); const { posix } = require("node:path");' +
        'exports.twice = () => [a.one === require("./main.cjs").one, posix.sep];',
    );

    expect(answer(start())).toEqual([true, '/']);
  });

  it('runs files as strict code', () => {
    writeFileSync(file, 'exports.answer = () => { Object.freeze([1]).push(2); };');

    expect(() => answer(start())).toThrow(TypeError);
  });

  it('names file and line in a stack trace, from a code cache too', () => {
    writeFileSync(file, '\n\nexports.answer = () => new Error("here").stack;');
    recorded();

    expect(answer(start())).toContain(`${file}:3:`);
  });

  it('takes nothing that V8 kept of another source of the same length', () => {
    recorded();
    writeFileSync(file, SOURCE.replace('old', 'new'));

    expect(answer(start())).toBe('new answer');
  });
});

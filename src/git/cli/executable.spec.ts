import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TemporaryFolder } from '../../../test/support/temporary-folder.js';
import { ensureExecutable } from './executable.js';

describe('A program that is shipped with the server', () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = new TemporaryFolder();
  });

  afterEach(() => folder.remove());

  it('runs where its installer has kept no modes', () => {
    const program = folder.write('program', '#!/bin/sh\necho ran\n', 0o644);

    ensureExecutable(program);

    expect(execFileSync(program, { encoding: 'utf8' })).toBe('ran\n');
  });

  it('is named where it cannot be made to', () => {
    const program = join(folder.path, 'gone');

    expect(() => ensureExecutable(program)).toThrow(
      expect.objectContaining({ details: { reason: 'not-executable', program: 'gone' } }),
    );
  });
});

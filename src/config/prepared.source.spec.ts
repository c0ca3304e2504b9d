import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TemporaryFolder } from '../../test/support/temporary-folder.js';
import { prepare, readPreparedFile } from './prepared.source.js';
import { readYamlFile } from './yaml.source.js';

const DEFAULTS = resolve(import.meta.dirname, '../../config/default.yaml');

describe('The defaults that were read when the server was built', () => {
  let folder: TemporaryFolder;
  let file: string;
  let prepared: string;

  beforeEach(() => {
    folder = new TemporaryFolder();
    file = join(folder.path, 'default.yaml');
    prepared = join(folder.path, 'prepared.json');
    copyFileSync(DEFAULTS, file);
    writeFileSync(prepared, prepare(file));
  });

  afterEach(() => folder.remove());

  it('are what the file says, each with the place where it says so', () => {
    const told = readYamlFile(file).assignments;
    const known = readPreparedFile(file, prepared)?.assignments ?? [];

    expect(known.length).toBeGreaterThan(100);
    expect(known.map(({ setting, raw, source, folder }) => [setting, raw, source, folder])).toEqual(
      told.map(({ setting, raw, source, folder }) => [setting, raw, source, folder]),
    );
  });

  it('are not taken where the file was changed', () => {
    writeFileSync(file, `${readFileSync(file, 'utf8')}\n`);

    expect(readPreparedFile(file, prepared)).toBeUndefined();
  });

  it('are not there before the bundle is', () => {
    expect(readPreparedFile(file, join(folder.path, 'nothing.json'))).toBeUndefined();
  });
});

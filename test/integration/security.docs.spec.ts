import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docs/security.md'), 'utf8');
const LAST_CASE = 50;

/** Files of tests and of their cases, by the name that the tables give them. */
const files = new Map(
  ['src', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.spec\.ts$|-cases\.ts$/.test(entry.name))
      .map((entry) => [
        basename(entry.name).replace(/(\.e2e)?(\.spec)?\.ts$/, ''),
        join(entry.parentPath, entry.name),
      ]),
  ),
);

function rowsOf(table: string): readonly { readonly name: string; readonly row: string }[] {
  const part = text.split(`<!-- ${table} -->`)[1]?.split(`<!-- /${table} -->`)[0] ?? '';
  const rows = part.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) => ({ row, name: row.split('|')[1]?.trim() ?? '' }));
}

describe('docs/security.md', () => {
  const attacks = rowsOf('attacks');
  const published = rowsOf('published');

  it('has every attack of the catalogue, in its order', () => {
    expect(attacks.map(({ name }) => name)).toEqual(
      Array.from({ length: LAST_CASE }, (_, index) => String(index + 1)),
    );
    expect(published.length).toBeGreaterThan(25);
  });

  it.each([...attacks, ...published])('names tests for $name that exist', ({ row }) => {
    const tests = [...row.matchAll(/`([\w.-]+)` "([^"]+)"/g)];

    expect(tests.length).toBeGreaterThan(0);
    for (const [, file = '', title = ''] of tests) {
      const path = files.get(file);
      expect([file, path === undefined ? 'missing' : 'there']).toEqual([file, 'there']);
      expect([title, readFileSync(path ?? '', 'utf8').includes(title)]).toEqual([title, true]);
    }
  });
});

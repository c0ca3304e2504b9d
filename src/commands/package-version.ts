import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** @returns the version of the installed package */
export function packageVersion(): string {
  const path = resolve(import.meta.dirname, '../../package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

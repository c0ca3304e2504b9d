import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Name and version of the installed package. As deep below it here as in the bundle. */
export const PACKAGE = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8'),
) as { readonly name: string; readonly version: string };

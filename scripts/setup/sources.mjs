import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { npm } from './commands.mjs';
import { fingerprint, ROOT, setStamp, stampOf } from './files.mjs';

/** All that `npm run build` reads. */
const INPUTS = [
  'src',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
  'scripts/bundle.mjs',
  'scripts/prune-dist.mjs',
  'scripts/setup/code-cache.mjs',
];

/** Compiles `src` into `dist` where something has changed that `dist` is made from. */
export function compileSources() {
  const wanted = fingerprint(INPUTS, stampOf('dependencies'));
  if (existsSync(join(ROOT, 'dist/bundle/cli.js')) && stampOf('sources') === wanted) return;
  npm(['run', '--silent', 'build'], { minutes: 10 });
  setStamp('sources', wanted);
}

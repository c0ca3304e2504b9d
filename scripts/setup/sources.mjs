import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { npm } from './commands.mjs';
import { fingerprint, ROOT, setStamp, stampOf } from './files.mjs';

/** Compiles `src` into `dist` where either has changed. */
export function compileSources() {
  const wanted = fingerprint(
    ['src', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json'],
    stampOf('dependencies'),
  );
  if (existsSync(join(ROOT, 'dist/bundle/cli.js')) && stampOf('sources') === wanted) return;
  npm(['run', '--silent', 'build'], { minutes: 10 });
  setStamp('sources', wanted);
}

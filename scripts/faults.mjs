// The suite of faults and load: npm run test:faults [-- --long] [-- --report FILE] [-- words that choose scenarios].
// The short form is what every change must pass; the long one adds the soak and the million cases.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { ROOT } from './setup/files.mjs';

const { values, positionals } = parseArgs({
  options: { long: { type: 'boolean', default: false }, report: { type: 'string' } },
  allowPositionals: true,
});
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--config', join(ROOT, 'vitest.faults.config.ts'), ...positionals],
  {
    cwd: ROOT,
    stdio: 'inherit',
    env: {
      ...process.env,
      MCP_GIT_FAULTS: values.long ? 'long' : 'short',
      MCP_GIT_FAULTS_REPORT: values.report ? resolve(values.report) : '',
    },
  },
);
process.exitCode = status ?? 1;

import { defineConfig } from 'vitest/config';

import { FiguresReporter } from './test/faults/support/figures.reporter.js';
import { compiledSources } from './test/support/compiled-sources.plugin.js';

const ALL = 'test/faults/**/*.fault.ts';
/** Scenarios that ask what is done, told and left, and of time at most that it is not seconds. */
const UNTIMED = [
  'arguments',
  'attacks',
  'breaker',
  'disk-full',
  'entrance',
  'fuzz*',
  'interruption',
  'leak',
  'remotes',
  'resume',
  'rfc6455',
  'soak',
  'tokens',
  'versions',
].map((name) => `test/faults/${name}.fault.ts`);

/**
 * Faults and load against the server as it is shipped: those that measure time one after the other, the rest three at a
 * time, as some of them mostly wait.
 */
export default defineConfig({
  test: {
    setupFiles: ['test/support/setup.ts'],
    globalSetup: ['test/support/build.global.ts', 'test/support/bundle.global.ts'],
    reporters: ['default', new FiguresReporter()],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Figures of a machine that others load; shown as tried twice.
    retry: 1,
    projects: [
      {
        extends: true,
        plugins: [compiledSources()],
        test: {
          name: 'untimed',
          server: { deps: { external: [/\/dist\//] } },
          include: UNTIMED,
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'timed',
          include: [ALL],
          exclude: UNTIMED,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

import { defineConfig } from 'vitest/config';

import { FiguresReporter } from './test/faults/support/figures.reporter.js';

/** Faults and load against the server as it is shipped, one scenario at a time, since each one measures. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.fault.ts'],
    setupFiles: ['test/support/setup.ts'],
    globalSetup: ['test/support/build.global.ts', 'test/support/bundle.global.ts'],
    reporters: ['default', new FiguresReporter()],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Figures of a machine that others load; shown as tried twice.
    retry: 1,
    fileParallelism: false,
    maxWorkers: 1,
  },
});

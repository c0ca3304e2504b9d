import { defineConfig } from 'vitest/config';

import { compiledSources } from './test/support/compiled-sources.plugin.js';

export default defineConfig({
  test: {
    globalSetup: ['test/support/build.global.ts', 'test/support/bundle.global.ts'],
    // Two workers: the server, its git workers and the git processes share the cores with the tests.
    maxWorkers: 2,
    projects: [
      {
        plugins: [compiledSources()],
        test: {
          name: 'server',
          server: { deps: { external: [/\/dist\//] } },
          include: ['test/**/*.spec.ts'],
          setupFiles: ['test/support/setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'units',
          include: ['src/**/*.spec.ts'],
          setupFiles: ['test/support/setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // They change nothing of the process but what they put back, and loading the same modules for each of their
          // files would take longer than they do.
          isolate: false,
        },
      },
    ],
  },
});

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.spec.ts', 'test/**/*.spec.ts'],
    setupFiles: ['test/support/setup.ts'],
    globalSetup: ['test/support/build.global.ts', 'test/support/bundle.global.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two workers: the server, its git workers and the git processes share the cores with the tests.
    maxWorkers: 2,
  },
});

import { defineConfig } from 'vitest/config';

/** Of `npm run test:cluster`, which says which cluster that is. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    // Every file has a namespace of its own, and mostly waits for minutes to begin.
    maxWorkers: 5,
    globalSetup: ['test/support/postgres-server.ts', 'test/support/built.ts', 'test/support/real-cluster/setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});

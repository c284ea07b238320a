import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/postgres-server.ts'],
    // Spawned command lines and PGlite take seconds to start on a small machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

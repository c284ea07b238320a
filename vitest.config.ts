import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Most tests wait for processes they spawn: on two cores, vitest's own choice would be one worker.
    maxWorkers: '100%',
    globalSetup: ['test/support/postgres-server.ts', 'test/support/demo-image.ts', 'test/support/built.ts'],
    // Spawned command lines and PGlite take seconds to start on a small machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

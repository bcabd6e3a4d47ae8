import { defineConfig } from 'vitest/config'

// Unit tests and laws need nothing; everything else runs on one real stack, or on one of its own where it stops
// services. Two files at once on any machine: most of the time of the services' tests is waiting, and no test's
// clock is to depend on how many cores there are.
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/property/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'services',
          include: ['test/integration/**/*.test.ts', 'test/e2e/**/*.test.ts', 'test/chaos/**/*.test.ts'],
          globalSetup: ['test/support/stack.ts'],
          testTimeout: 150_000,
          hookTimeout: 150_000,
        },
      },
    ],
  },
})

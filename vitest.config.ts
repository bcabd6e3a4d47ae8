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
          // What they test is pure: loading it again for each of a hundred files is half of their time.
          isolate: false,
          include: ['test/unit/**/*.test.ts', 'test/property/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'services',
          include: ['test/integration/**/*.test.ts', 'test/e2e/**/*.test.ts', 'test/chaos/**/*.test.ts'],
          isolate: false,
          // A Kafka of a test lives for a minute: compiling it well takes longer than that gains.
          env: { JDK_JAVA_OPTIONS: '-XX:TieredStopAtLevel=1' },
          globalSetup: ['test/support/stack.ts'],
          testTimeout: 150_000,
          hookTimeout: 150_000,
        },
      },
    ],
  },
})

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // Whole backtests of real data and builds of the package take seconds on a small machine that is busy.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});

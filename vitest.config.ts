import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** `npm run test:deep` runs twenty times as many cases, some for minutes. */
const isDeep = process.env.VELA_DEEP === '1';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // Whole backtests of real data and builds of the package take seconds on a small machine that is busy.
    testTimeout: isDeep ? 1_800_000 : 120_000,
    hookTimeout: 120_000,
    // Many tests of runs wait for sockets and clocks: two cores can carry four of them.
    maxWorkers: isDeep ? availableParallelism() : Math.max(4, availableParallelism()),
  },
});

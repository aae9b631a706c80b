import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runPlan } from '../../../runtime/backtest.ts';
import { readJournal } from '../../../runtime/journal/reader.ts';
import { marketOnlyScenarioOf, scenarioOf } from '../../support/scenario.ts';
import { scriptedRun } from '../../support/scripted-run.ts';

const CASES = process.env.VELA_DEEP ? 20_000 : 800;

/** Each run needs a scenario of its own: an account part remembers. */
function run(of: typeof scenarioOf, seed: number, visitEveryTick: boolean) {
  const { script, series, config } = of(seed);
  return runPlan(scriptedRun(script), series, { ...config, visitEveryTick });
}

describe('the batch that jumps', () => {
  it.each([
    { name: 'any account', of: scenarioOf },
    { name: 'market orders alone', of: marketOnlyScenarioOf },
  ])('leaves the same journal and equity, bit for bit, as a run that visits every tick: $name', ({ of }) => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), seed => {
        const jumped = run(of, seed, false);
        const visited = run(of, seed, true);
        expect(readJournal(jumped.journal).records).toEqual(readJournal(visited.journal).records);
        expect(jumped.journalHash).toBe(visited.journalHash);
        expect(new BigUint64Array(jumped.equity.buffer)).toEqual(new BigUint64Array(visited.equity.buffer));
        expect({ ...jumped, journal: null, equity: null }).toEqual({ ...visited, journal: null, equity: null });
      }),
      { numRuns: CASES },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runPlan } from '../../../runtime/backtest.ts';
import { readJournal } from '../../../runtime/journal/reader.ts';
import { scenarioOf } from '../../support/scenario.ts';
import { scriptedRun } from '../../support/scripted-run.ts';

const CASES = process.env.VELA_DEEP ? 20_000 : 800;

/** Each run needs a scenario of its own: an account part remembers. */
function run(seed: number, visitEveryTick: boolean) {
  const { script, series, config } = scenarioOf(seed);
  return runPlan(scriptedRun(script), series, { ...config, visitEveryTick });
}

describe('the batch that jumps', () => {
  it('leaves the same journal and the same equity, bit for bit, as a run that visits every tick', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), seed => {
        const jumped = run(seed, false);
        const visited = run(seed, true);
        expect(readJournal(jumped.journal).records).toEqual(readJournal(visited.journal).records);
        expect(jumped.journalHash).toBe(visited.journalHash);
        expect(new BigUint64Array(jumped.equity.buffer)).toEqual(new BigUint64Array(visited.equity.buffer));
        expect({ ...jumped, journal: null, equity: null }).toEqual({ ...visited, journal: null, equity: null });
      }),
      { numRuns: CASES },
    );
  });
});

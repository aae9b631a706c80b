/** Models in a run: the versions, the ticks at which they begin and what they say are those of a backtest. */
import { describe, expect, it } from 'vitest';
import { Registry } from '../../../runtime/models/registry/registry.ts';
import { META } from '../models/pipeline/strategies.ts';
import { programOf } from '../models/pipeline/support.ts';
import { backtestWith, liveWith, saidIn, temporaryFolder, walkedSet } from './models-support.ts';
import { comparable } from './support.ts';

describe('a rehearsal of a strategy with models', () => {
  it('is the backtest: versions, activation ticks, predictions, journal', { timeout: 60_000 }, async () => {
    const program = programOf(META);
    const set = walkedSet(3, 560);
    const registry = new Registry(temporaryFolder());
    const backtest = await backtestWith(program, set, new Registry(temporaryFolder()));
    const { run, rows, models } = await liveWith(program, set, registry);
    await run.follow(new AbortController().signal);
    expect(comparable(run.result())).toEqual(comparable(backtest.result));
    await run.close();
  });
});

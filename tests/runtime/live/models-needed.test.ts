/** How far back a run has to know bars, so that its models are trained as they would be on all there is. */
import { describe, expect, it } from 'vitest';
import { learnsFrom } from '../../../runtime/live/models/needed.ts';
import { plansOf } from '../../../runtime/models/pipeline/plans.ts';
import { Registry } from '../../../runtime/models/registry/registry.ts';
import { programOf } from '../models/pipeline/support.ts';
import { activationsOf, follow, liveWith, temporaryFolder, walkedSet } from './models-support.ts';

const DAY_MS = 86_400_000;

function textOf(train: string, more = ''): string {
  return `strategy "Needed"
instrument "AAA/USDT" on binance
every 1d
features x { a = close / close[3] - 1  b = stdev(returns(close), 8) }
label rise = forward_return(2) > 0
model m = logistic learn rise from x { max_iter: 20 }
train m ${train}
${more}
when predict(m) > 0.5 enter long { size: 50% of equity }
when predict(m) < 0.45 exit
execution { fill: next_open  fee: 10bp  slippage: 0bp }
`;
}

function neededFrom(text: string, firstMs: number): number {
  const program = programOf(text);
  return learnsFrom({ program, plans: plansOf(program), params: {}, meta: [{}] }, firstMs);
}

describe('bars before a run', () => {
  const firstMs = Date.UTC(2020, 7, 20);

  it('reach over the window of the version that serves, and what its features need to settle', () => {
    const fromMs = neededFrom(textOf('walk_forward { window: 6mo  retrain: 1mo  min_rows: 40 }'), firstMs);
    const windowMs = Date.UTC(2020, 1, 1);
    expect(fromMs).toBeLessThan(windowMs - 8 * DAY_MS);
    expect(fromMs).toBeGreaterThan(windowMs - 20 * DAY_MS);
  });

  it('are all there are for a model that is trained once', () => {
    expect(neededFrom(textOf('hold_out { at: 2020-06-01 }'), firstMs)).toBe(Number.NEGATIVE_INFINITY);
  });

  it('begin with the date of an expanding window', () => {
    const text = textOf('walk_forward { window: expanding  from: 2020-02-10  retrain: 1mo  min_rows: 40 }');
    const fromMs = neededFrom(text, firstMs);
    expect(fromMs).toBeLessThan(Date.UTC(2020, 1, 10));
    expect(fromMs).toBeGreaterThan(Date.UTC(2020, 0, 15));
  });

  it('are enough: the versions are those of all the data', async () => {
    const text = textOf('walk_forward { window: 3mo  retrain: 1mo  min_rows: 40 }');
    const program = programOf(text);
    const set = walkedSet(5, 330);
    const start = 240;
    const startMs = (set.members[0]?.clocks[0]?.firstOrdinal ?? 0) * DAY_MS + start * DAY_MS;
    const all = await liveWith(program, set, new Registry(temporaryFolder()), { start, fromTick: start });
    await follow(all);
    const dropped = Math.floor((neededFrom(text, startMs) - startMs) / DAY_MS) + start;
    expect(dropped).toBeGreaterThan(60);
    const short = await liveWith(program, set, new Registry(temporaryFolder()), {
      start,
      fromTick: start,
      pastFrom: dropped,
    });
    await follow(short);
    expect(activationsOf(short.rows).length).toBeGreaterThan(3);
    // Which versions served before the run is not asked of the shorter past.
    const from = activationsOf(short.rows)[0]?.atMs ?? 0;
    expect(activationsOf(short.rows)).toEqual(activationsOf(all.rows).filter(({ atMs }) => atMs >= from));
  });
});

/** Examples that ask a model, over real candles and three retrains: a rehearsal and a paper run are the backtest. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadMarket } from '../../../runtime/data/load.ts';
import { loneSet, type MarketSet } from '../../../runtime/data/market-set.ts';
import { Registry } from '../../../runtime/models/registry/registry.ts';
import { describeWithShared, sharedPath } from '../../support/shared.ts';
import { programOf } from '../models/pipeline/support.ts';
import {
  activationsIn,
  activationsOf,
  backtestWith,
  follow,
  liveWith,
  saidBy,
  saidIn,
  temporaryFolder,
} from './models-support.ts';
import { comparable } from './support.ts';

const HOUR_MS = 3_600_000;
const FROM_MS = Date.UTC(2021, 8, 20);
const TO_MS = Date.UTC(2022, 6, 10);

function example(name: string) {
  return programOf(readFileSync(new URL(`../../../strategies/${name}`, import.meta.url), 'utf8'));
}

async function hourly(program: ReturnType<typeof example>): Promise<MarketSet> {
  const [instrument] = program.instruments;
  if (instrument === undefined) throw new Error('the strategy names no instrument');
  const series = await loadMarket({
    instrument,
    clocks: program.clocks.map(({ period }) => period),
    cacheDir: false,
    toMs: TO_MS,
    data: [sharedPath('data/spot-1h/binance-spot-BTCUSDT-1h.csv.gz')],
  });
  return loneSet(series);
}

describeWithShared('meta_label.vela across its retrains', () => {
  it.each(process.env.VELA_DEEP === '1' ? (['paper', 'replay'] as const) : (['paper'] as const))(
    '%s: versions, activation ticks, predictions and journal of the backtest',
    {
      timeout: 120_000,
    },
    async mode => {
      const program = example('meta_label.vela');
      const set = await hourly(program);
      const firstMs = (set.members[0]?.clocks[0]?.firstOrdinal ?? 0) * HOUR_MS;
      const fromTick = (FROM_MS - firstMs) / HOUR_MS;
      const start = fromTick - 600;
      const backtest = await backtestWith(program, set, new Registry(temporaryFolder()), start, fromTick);
      const live = await liveWith(program, set, new Registry(temporaryFolder()), { start, fromTick, run: { mode } });
      await follow(live);
      const began = activationsOf(live.rows);
      expect(began).toHaveLength(4);
      expect(began).toEqual(activationsIn(backtest.prepared, set));
      expect(saidIn(live.rows, backtest.prepared)).toEqual(saidBy(backtest.prepared));
      expect(backtest.result.fills.length).toBeGreaterThan(10);
      expect(comparable(live.run.result())).toEqual(comparable(backtest.result));
    },
  );
});

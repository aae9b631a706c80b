/** Watching streams changes nothing of a run, and writes down what the interpreter says of them. */
import { expect, test } from 'vitest';
import { compileProgram, interpretRun, openKernelRun, type Plan } from '../../../compiler/index.ts';
import { checkStrategy } from '../../../language/index.ts';
import { runPlan } from '../../../runtime/backtest.ts';
import type { MarketSeries } from '../../../runtime/data/series.ts';
import { simulateMarket } from '../../../runtime/data/simulate.ts';
import { laneOf } from '../../../runtime/lane.ts';
import { recordWatches } from '../../../runtime/report/watch.ts';
import { libraryTrees } from '../../../stdlib/trees.ts';

const TEXT = `strategy "Watched"
instrument "BTC/USDT" on binance
every 1h
clock day = 1d

at day { let daily = sma(close, 3) }
let quick = sma(close, 20)
let higher = close > latest(daily)
state stops starts 0 then prev stops + (if stopped_out then 1 else 0)

when higher and quick crosses above sma(close, 60) enter long {
  size: 50% of equity
  stop: entry * 0.98
}
when quick crosses below sma(close, 60) and stops < 1000 exit
execution { fee: 10bp  slippage: 2bp }
`;
const NAMES = ['daily', 'quick', 'higher', 'stops'];

const { program, diagnostics } = checkStrategy(
  { name: 'watched.vela', text: TEXT, form: 'vela' },
  { library: libraryTrees() },
);
const clocks = program.clocks.map(clock => clock.period);
const market = (bars: number): MarketSeries =>
  simulateMarket({ symbol: 'BTC/USDT', venue: 'binance', gaps: 'hold', maxGapMs: 172_800_000 }, clocks, {
    seed: 4,
    bars,
  });

function watched(plan: Plan, series: MarketSeries, open: typeof openKernelRun) {
  const length = series.clocks[0]?.length ?? 0;
  const recording = recordWatches(open(plan, {}, laneOf(series), [{}]), length, series.completed);
  return { result: runPlan(recording.run, series), values: recording.values };
}

test('the strategy of this file checks', () => expect(diagnostics).toEqual([]));

test('a watched run is the run, bit for bit; kernel and interpreter agree on every value', () => {
  // More than two blocks of the kernel.
  const series = market(9000);
  const plain = runPlan(openKernelRun(compileProgram(program), {}, laneOf(series), [{}]), series);
  const plan = compileProgram(program, NAMES);
  const kernel = watched(plan, series, openKernelRun);
  const interpreter = watched(plan, series, interpretRun);
  expect(plain.trades.length).toBeGreaterThan(20);
  expect(kernel.result.journalHash).toBe(plain.journalHash);
  expect(kernel.result.equity).toEqual(plain.equity);
  expect(kernel.values).toEqual(interpreter.values);
});

test('what is written down: the average, the last completed day, the state as trading moves it', () => {
  const series = market(3000);
  const { result, values } = watched(compileProgram(program, NAMES), series, openKernelRun);
  const [daily = [], quick = [], higher = [], stops = []] = values.map(column => [...column]);
  const close = [...(series.clocks[0]?.close ?? [])];
  const days = [...(series.clocks[1]?.close ?? [])];
  const mean = (all: readonly number[]) => all.reduce((a, b) => a + b, 0) / all.length;

  expect(quick[18]).toBeNaN();
  expect(quick[1000]).toBeCloseTo(mean(close.slice(981, 1001)), 8);
  // Hour 23 completes the first day; the third day makes the first average, which then holds for a day.
  expect(daily[70]).toBeNaN();
  expect(daily[71]).toBeCloseTo(mean(days.slice(0, 3)), 8);
  expect(daily.slice(71, 95)).toEqual(Array(24).fill(daily[71]));
  expect(daily[95]).toBeCloseTo(mean(days.slice(1, 4)), 8);
  expect(higher[1000]).toBe((close[1000] ?? 0) > (daily[1000] ?? 0) ? 1 : 0);
  const stopOuts = result.trades.filter(trade => trade.reason === 'stop').length;
  expect(stopOuts).toBeGreaterThan(0);
  expect(stops.at(-1)).toBe(stopOuts);
});

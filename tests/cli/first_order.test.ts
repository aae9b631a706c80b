/** When a first order can be decided, by what stands in for a model that has nothing to say yet. */
import { expect, it } from 'vitest';
import { firstEntryTick } from '../../cli/backtest/first_order.ts';
import { compileProgram, openKernelRun } from '../../compiler/index.ts';
import { marketOf, programOf, walk } from '../runtime/models/pipeline/support.ts';

const SPOKEN = 200;

function firstTick(condition: string, values: Readonly<Record<string, number>> = {}): number {
  const program = programOf(`strategy "First order"
instrument "AAA/USDT" on binance
every 1d
param least = 0.5 in 0..1
features x { a = close / close[3] - 1 }
label y = forward_return(2)
model m = ridge learn y from x
train m walk_forward { window: 6mo  retrain: 1mo }
signal up = close > sma(close, 10)
when ${condition} enter long { size: 50% of equity }
execution { fee: 10bp  slippage: 0bp }
`);
  const run = openKernelRun(compileProgram(program), values, marketOf([walk(1, 300)]), [{}]);
  return firstEntryTick(run, () => SPOKEN, values);
}

it.each([
  ['predict(m) > 0.5', SPOKEN],
  ['up and predict(m) > 0.5', SPOKEN],
  ['up and (predict(m) or else 0) > least', SPOKEN],
  ['up and (predict(m) or else 1) > least', 9],
  ['up and not ((predict(m) or else 1) > least)', SPOKEN],
  ['up or predict(m) > 0.5', 9],
  ['up or (predict(m) or else 0) > least', 9],
  ['up and (predict(m) or else close / open) > least', 9],
  ['up and present(predict(m))', 9],
] as const)('%s', (condition, tick) => {
  expect(firstTick(condition)).toBe(tick);
});

it('goes by the values of params', () => {
  expect(firstTick('up and (predict(m) or else 0.7) > least')).toBe(9);
  expect(firstTick('up and (predict(m) or else 0.7) > least', { least: 0.8 })).toBe(SPOKEN);
});

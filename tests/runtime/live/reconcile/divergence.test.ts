/** A run at a venue held against its backtest, while a bar is going on. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openKernelRun } from '../../../../compiler/index.ts';
import { dataOf, metaOf } from '../../../../runtime/lane.ts';
import { type Divergence, divergenceOf } from '../../../../runtime/live/divergence.ts';
import { spotVenue, type TestVenue } from '../../../venue/start.ts';
import { compileText } from '../support.ts';
import { BUY, type Desk, memoryRows, NOTHING, openDesk, type Rows, SPOT_FACTS, strategy, until } from './support.ts';

let local: TestVenue;
beforeEach(async () => {
  local = await spotVenue();
});
afterEach(() => local.close());

it('splits the difference whole although the last exit filled in a bar that is not over', async () => {
  const rows = memoryRows();
  const desk = await openDesk(local, { rows });
  await desk.bar(NOTHING);
  await desk.bar(BUY);
  await until(() => desk.position > 0 && local.exchange.openOrders('BTCUSDT').length === 1);
  await desk.bar(50_050);
  // In the backtest the stop fills within this bar; at the venue the price never went there.
  await desk.bar(44_000);
  await until(() => desk.position === 0);
  const profit = differenceOf(desk, rows);
  // Nobody's order waited while the market went from nothing to where it is.
  expect(Math.abs(profit.split.latency)).toBeLessThan(1000);
  await desk.die();
});

function differenceOf(desk: Desk, { rows }: Rows): NonNullable<Divergence['profit']> {
  const plan = compileText(strategy('BTC/USDT'));
  const { profit } = divergenceOf({
    binding: desk.run.parts.binding,
    rows,
    clocks: plan.clocks,
    instruments: plan.instruments,
    open: set => openKernelRun(plan, {}, dataOf(set), [metaOf(SPOT_FACTS)]),
  });
  if (profit === undefined) throw new Error('there is a difference');
  const parts = Object.values(profit.split);
  expect(profit.run).not.toBe(profit.backtest);
  expect(parts.every(Number.isFinite)).toBe(true);
  expect(parts.reduce((sum, part) => sum + part)).toBeCloseTo(profit.run - profit.backtest, 9);
  return profit;
}

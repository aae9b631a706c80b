/**
 * A triple barrier ends where the engine's own trade does: a strategy enters with a target, a stop and a time exit at the
 * barriers' distances, and each of its trades is compared with the label of the tick that asked for it.
 */
import { describe, expect, it } from 'vitest';
import { DOWN, FLAT, UP } from '../../../compiler/host/barrier.ts';
import { compileProgram, compileTraining, openKernelRun } from '../../../compiler/index.ts';
import { check } from '../../../language/check/check.ts';
import type { Program } from '../../../language/check/program.ts';
import { parse } from '../../../language/syntax/parse.ts';
import { runPlan } from '../../../runtime/backtest.ts';
import { instrumentsOf } from '../../../runtime/lane.ts';
import { library } from '../../support/evaluate.ts';
import { numbersFrom } from '../../support/generate-data.ts';
import { type Bar, scriptedMarket } from '../../support/scripted-run.ts';

const WITHIN = 5;
const BARS = process.env.VELA_DEEP ? 20_000 : 3000;

function programOf(side: 'long' | 'short', fill: string, both: string, touch: string): Program {
  const sign = side === 'long' ? 1 : -1;
  const text = `strategy "Barriers" instrument "BTC/USDT:USDT" on bybit every 1h
    let reach = close - close + 2
    label y = triple_barrier(up = reach, down = 1.5 * reach, within = ${WITHIN} bars, side = ${sign})
    features x { a = close }
    model m = xgboost learn y from x
    train m walk_forward { window: 2y  retrain: 3mo }
    when close > open enter ${side} {
      size: 10% of equity
      target: entry ${sign > 0 ? '+' : '-'} reach
      stop: entry ${sign > 0 ? '-' : '+'} 1.5 * reach
      hold: ${WITHIN} bars
    }
    execution { fill: ${fill}  fee: 0bp  slippage: 0bp  both_hit: ${both}  touch: ${touch}  funding: ignored }`;
  const { tree, problems } = parse({ name: 'barriers.vela', text, form: 'vela' });
  const program = check(tree, { library: library() });
  const errors = [...problems, ...program.problems].filter(({ code }) => code.startsWith('E'));
  expect(errors).toEqual([]);
  return program;
}

/** Prices on a coarse grid, so that barriers are met exactly; bars in which both lie; holes. */
function bars(seed: number): (Bar | null)[] {
  const random = numbersFrom(seed);
  const grid = (price: number): number => Math.round(price * 2) / 2;
  let last = 200;
  return Array.from({ length: BARS }, (_, tick) => {
    if (tick > 0 && random() < 0.05) return null;
    const open = random() < 0.8 ? last : grid(last + (random() - 0.5) * 8);
    const close = Math.max(50, grid(open + (random() - 0.5) * 4 + (200 - open) * 0.02));
    // Some bars reach across both barriers, also from an open that lies beyond one of them.
    const reach = random() < 0.15 ? 9 : 2.5;
    const high = grid(Math.max(open, close) + random() * reach);
    const low = grid(Math.min(open, close) - random() * reach);
    last = close;
    return [open, high, low, close];
  });
}

const REASONS: Readonly<Record<string, number>> = { target: UP, stop: DOWN, hold: FLAT };

describe.each(['long', 'short'] as const)('a %s triple barrier', side => {
  it.each([
    ['next_open', 'worst', 'through'],
    ['next_open', 'best', 'fills'],
    ['this_close', 'worst', 'fills'],
    ['this_close', 'best', 'through'],
  ])('ends as the trade does under fill %s, both_hit %s, touch %s', (fill, both, touch) => {
    const program = programOf(side, fill, both, touch);
    const series = scriptedMarket({ bars: bars(11) });
    const held = series.clocks[0]?.held ?? new Uint8Array();
    const [instrument] = instrumentsOf({ members: [{ ...series, firstTick: 0, endTick: BARS }] } as never);
    if (!instrument) throw new Error('no instrument');
    const data = { instruments: [instrument], predictions: new Map() };
    const { trades } = runPlan(openKernelRun(compileProgram(program), {}, data, [{}]), series);

    const training = compileTraining(program, 0);
    const h = training.label.horizon({});
    expect(h).toBe(WITHIN + training.entry);
    const run = openKernelRun(training.plan, {}, data, [{}], { blockTicks: BARS });
    run.nextBlock();
    const column = (watch: number | undefined) => {
      const value = training.plan.watches[watch ?? -1]?.value;
      return run.market[value?.from === 'market' ? value.index : -1] ?? new Float64Array();
    };
    const [values, ends] = [column(training.label.value), column(training.label.end)];
    const seen = new Set<number>();
    for (const { entryTick, exitTick, reason, open } of trades) {
      const tick = entryTick - training.entry;
      const asked = exitTick - tick;
      // On a held bar nothing is decided and nothing fills, so what was due on one is no row.
      if (open || tick + h >= BARS) continue;
      if ([tick, tick + training.entry, tick + WITHIN, tick + h].some(due => held[due] === 1)) continue;
      // Where time is up at an open beyond the stop, the engine says stop; the price is the same, and the walk was over.
      const category = asked > WITHIN ? FLAT : REASONS[reason];
      expect([tick, values[tick + h], ends[tick + h]]).toEqual([tick, category, asked]);
      seen.add(category ?? -1);
    }
    expect(trades.length).toBeGreaterThan(300);
    expect([...seen].toSorted()).toEqual([UP, FLAT, DOWN]);
  });
});

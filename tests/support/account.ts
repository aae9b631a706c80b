/** Runs a script over a few hand-written bars and says what happened in a form that a test can compare whole. */
import { runPlan } from '../../runtime/backtest.ts';
import type { RunResult } from '../../runtime/engine/result.ts';
import type { RunConfig } from '../../runtime/engine/settings.ts';
import { type Script, type ScriptedMarket, scriptedMarket, scriptedRun } from './scripted-run.ts';

/** Jumps and visits every tick: what is shown has been had both ways. */
export function trade(script: Omit<Script, 'length'>, market: ScriptedMarket, config: RunConfig = {}): RunResult {
  const play = (visitEveryTick: boolean) =>
    runPlan(scriptedRun({ ...script, length: market.bars.length }), scriptedMarket(market), {
      ...config,
      visitEveryTick,
    });
  const result = play(false);
  if (result.journalHash !== play(true).journalHash) throw new Error('jumping changed the journal');
  return result;
}

/** Fills as `tick side quantity@price reason`. */
export function fillsOf({ fills }: RunResult): readonly string[] {
  return fills.map(
    ({ tick, side, quantity, price, reason }) => `${tick} ${side} ${round(quantity)}@${round(price)} ${reason}`,
  );
}

export function tradesOf({ trades }: RunResult): readonly string[] {
  return trades.map(
    ({ side, entryTick, exitTick, bars, profit, reason, open }) =>
      `${side} ${entryTick}-${exitTick} ${bars} bars ${round(profit)} ${reason}${open ? ' open' : ''}`,
  );
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

/**
 * A portfolio over recorded bars: each tick is played by the simulated exchange and closed by the engine, which hears of it
 * as it would of a venue.
 */

import { logTrade } from '../engine/fills.ts';
import { openTime } from '../engine/market.ts';
import { closeTick, handle } from './engine.ts';
import type { PortfolioExchange } from './exchange.ts';
import type { PortfolioState } from './state.ts';
import { type StreamWriter, streamsOf } from './streams.ts';

/** Runs a fresh state through its span. */
export function runPortfolioState(state: PortfolioState, exchange: PortfolioExchange): void {
  const { fromTick, toTick } = state;
  const streams = streamsOf(state);
  warmUp(state, streams);
  for (let tick = fromTick; tick < toTick; tick++) {
    exchange.openTick(tick);
    drain(state, streams, exchange);
    if (tick >= blockEnd(state)) loadBlock(state, streams);
    const commands = closeTick(state, streams, tick, false);
    exchange.closeTick(tick);
    exchange.send(commands);
    drain(state, streams, exchange);
  }
  logOpenTrades(state, toTick);
}

function drain(state: PortfolioState, streams: StreamWriter, exchange: PortfolioExchange): void {
  for (let event = exchange.receive(); event !== undefined; event = exchange.receive()) {
    exchange.send(handle(state, streams, event));
  }
}

/** Positions that are open at the end of the data. */
export function logOpenTrades({ settings }: PortfolioState, toTick: number): void {
  for (const member of settings.members) {
    if (member.ledger.position === 0) continue;
    logTrade(member, toTick - 1, openTime(member.market, toTick), toTick, 'end of data', true);
  }
}

// ---------------------------------------------------------------- blocks of the kernel

function blockEnd({ run }: PortfolioState): number {
  return run.blockStart + run.blockLength;
}

/** Computes the kernel's next block, when the bars of its first tick have been played. */
export function loadBlock(state: PortfolioState, streams: StreamWriter): void {
  const { run, settings, fromTick, risk } = state;
  if (run.blockLength > 0) for (const { slippage } of settings.members) slippage.blockEnds(blockEnd(state) - 1);
  if (!run.nextBlock()) throw new Error('the kernel has fewer ticks than the market');
  const to = Math.min(blockEnd(state), fromTick);
  if (run.blockStart >= to) return;
  // Ticks before the first traded one: an account part sees a flat account, pauses are heeded.
  if (!run.hasAccountPart) risk.watchPauses(run.blockStart, to);
  else {
    streams.write(run.blockStart);
    for (let tick = run.blockStart; tick < to; tick++) {
      run.step(tick, 1);
      risk.watchPauses(tick, tick + 1);
    }
  }
}

/** Ticks before the first traded one. */
export function warmUp(state: PortfolioState, streams: StreamWriter): void {
  streams.write(state.fromTick);
  while (blockEnd(state) < state.fromTick) loadBlock(state, streams);
}

/**
 * The portfolio engine: one account, market orders, a weight for each member. Each tick has the life of a bar that all
 * runs have (settlements, liquidation, orders at the open, what happens inside, the close and its decisions), member by
 * member in the order of their symbols.
 */

import { logTrade } from '../engine/fills.ts';
import { isHeld, openTime } from '../engine/market.ts';
import { markAccount } from './account.ts';
import { decide, isExposed, obey } from './decide.ts';
import { fillOrders, leaveListing, liquidate, settleFunding } from './fills.ts';
import type { PortfolioState } from './state.ts';
import { type StreamWriter, streamsOf } from './streams.ts';

/** Runs a fresh state through its span. */
export function runPortfolioState(state: PortfolioState): void {
  const { fromTick, toTick } = state;
  const streams = streamsOf(state);
  warmUp(state, streams);
  for (let tick = fromTick; tick < toTick; tick++) {
    openTick(state, tick);
    if (tick >= blockEnd(state)) loadBlock(state, streams);
    closeTick(state, streams, tick);
  }
  for (const member of state.settings.members) {
    if (member.ledger.position === 0) continue;
    logTrade(member, toTick - 1, openTime(member.market, toTick), toTick, 'end of data', true);
  }
}

function openTick(state: PortfolioState, tick: number): void {
  const { members } = state.settings;
  for (const member of members) {
    settleFunding(state, member, tick);
    leaveListing(state, member, tick);
    liquidate(state, member, tick, 'open');
  }
  if (state.settings.fill === 'next_open') fillOrders(state, tick, 'open');
  for (const member of members) liquidate(state, member, tick, 'inside');
}

function closeTick(state: PortfolioState, streams: StreamWriter, tick: number): void {
  const { run, risk, account, settings, fromTick } = state;
  risk.beginTick(tick, account.ledger);
  const held = mark(state, tick);
  streams.write(tick + 1);
  if (run.hasAccountPart) run.step(tick, 1);
  if (risk.hasPauses) risk.watchPauses(tick, tick + 1);
  if (settings.members.some(({ market }) => !isHeld(market, tick))) {
    if (risk.hasLossCaps) obey(state, risk.atClose(tick, account.ledger, isExposed(state)), tick);
    decide(state, tick);
    if (settings.fill === 'this_close') {
      fillOrders(state, tick, 'close');
      mark(state, tick);
    }
  }
  if (held > 0) state.ticksInMarket += 1;
  for (const member of settings.members) if (member.ledger.position !== 0) member.ticksHeld += 1;
  state.equity[tick - fromTick] = account.ledger.equity;
}

function mark({ account }: PortfolioState, tick: number): number {
  return markAccount(account, tick);
}

// ---------------------------------------------------------------- blocks of the kernel

function blockEnd({ run }: PortfolioState): number {
  return run.blockStart + run.blockLength;
}

function loadBlock(state: PortfolioState, streams: StreamWriter): void {
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

function warmUp(state: PortfolioState, streams: StreamWriter): void {
  streams.write(state.fromTick);
  while (blockEnd(state) < state.fromTick) loadBlock(state, streams);
}

/** What a finished run leaves behind, read off its state. */
import { tradeOf } from './fills.ts';
import { openTime } from './market.ts';
import { REFUSALS } from './refusals.ts';
import type { RunResult } from './result.ts';
import type { EngineState } from './state.ts';

export interface Journaled {
  readonly bytes: Uint8Array;
  readonly hash: string;
}

export function outcomeOf(state: EngineState, journal: Journaled, ambiguousFills: number): RunResult {
  const { ledger, settings, market, fromTick, toTick, counts } = state;
  const refused = REFUSALS.flatMap((reason, code) => (state.refusals[code] ? [[reason, state.refusals[code]]] : []));
  return {
    fromTick,
    toTick,
    capital: settings.capital,
    currency: settings.currency,
    trades: [...state.trades, ...stillOpen(state)],
    fills: state.fills,
    equity: state.equity,
    ticksInMarket: state.ticksInMarket,
    totals: { ...ledger.totals },
    counts: {
      ...counts,
      ambiguousFills,
      refusals: Object.fromEntries(refused),
      heldBars: heldIn(market.held, fromTick, toTick),
      stateNaN: state.run.stateNaN(),
      halts: state.risk.halts,
    },
    journalHash: journal.hash,
    journal: journal.bytes,
  };
}

function heldIn(held: Uint8Array, from: number, to: number): number {
  const span = held.subarray(from, to);
  let count = 0;
  for (let tick = span.indexOf(1); tick >= 0; tick = span.indexOf(1, tick + 1)) count += 1;
  return count;
}

/** A position that is open at the end of the data is marked at the last close; leaving it would cost something more. */
function stillOpen(state: EngineState) {
  const { ledger, market, toTick } = state;
  if (ledger.position === 0) return [];
  return [tradeOf(state, toTick - 1, openTime(market, toTick), toTick, 'end of data', true)];
}

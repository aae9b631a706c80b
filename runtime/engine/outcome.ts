/** What a finished run leaves behind, read off its state. */
import { logTrade } from './fills.ts';
import { type Market, openTime } from './market.ts';
import { REFUSALS } from './refusals.ts';
import type { Fill, RunResult } from './result.ts';
import type { EngineState } from './state.ts';

export interface Journaled {
  readonly bytes: () => Uint8Array;
  readonly hash: string;
  /** The fills among its records. */
  readonly fills: (bytes: Uint8Array) => readonly Fill[];
}

export function outcomeOf(state: EngineState, journal: Journaled, ambiguousFills: number): RunResult {
  const { ledger, settings, market, fromTick, toTick, counts } = state;
  if (ledger.position !== 0) logOpenTrade(state);
  const trades = once(() => state.trades.list(settings.instrument.symbol));
  const bytes = once(journal.bytes);
  const fills = once(() => journal.fills(bytes()));
  const refused = REFUSALS.flatMap((reason, code) => (state.refusals[code] ? [[reason, state.refusals[code]]] : []));
  return {
    fromTick,
    toTick,
    capital: settings.capital,
    currency: settings.currency,
    get trades() {
      return trades();
    },
    get fills() {
      return fills();
    },
    equity: state.equity,
    ticksInMarket: state.ticksInMarket,
    totals: { ...ledger.totals },
    counts: {
      ...counts,
      ambiguousFills,
      refusals: Object.fromEntries(refused),
      heldBars: heldIn(market, fromTick, toTick),
      stateNaN: state.run.stateNaN(),
      halts: state.risk.halts,
    },
    journalHash: journal.hash,
    get journal() {
      return bytes();
    },
  };
}

/** Most readers want figures, not lists: a list is made when it is first asked for. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function heldIn({ held, hasHeld }: Market, from: number, to: number): number {
  if (!hasHeld) return 0;
  const span = held.subarray(from, to);
  let count = 0;
  for (let tick = span.indexOf(1); tick >= 0; tick = span.indexOf(1, tick + 1)) count += 1;
  return count;
}

/** A position that is open at the end of the data is marked at the last close; leaving it would cost something more. */
function logOpenTrade(state: EngineState): void {
  const { market, toTick } = state;
  logTrade(state, toTick - 1, openTime(market, toTick), toTick, 'end of data', true);
}

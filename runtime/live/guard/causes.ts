/**
 * What keeps a run from doing all that it should. Some of it halts entries, each on its own: they resume when the last is
 * gone, and a person's stop goes before all of them. That entries are halted, and that they are not any more, are inputs of
 * the run like bars and fills, so a replay refuses the same entries.
 */
import type { Degraded, DegradedCode } from '../status.ts';

/**
 * Whether entries are halted while it holds, and whether it is over with the process that saw it: what a new one finds out
 * anew. Of the rest a reconciliation says when it is over.
 */
export const CAUSES = {
  blind: { halts: true, passes: true },
  disconnected: { halts: true, passes: true },
  /** Without bars nothing is decided, and the plan's gap policy says what holes mean. */
  stale: { halts: false, passes: true },
  clock: { halts: true, passes: true },
  /** The engine itself lets no entry pass while it does not know of an order. */
  'unknown order': { halts: false, passes: true },
  unprotected: { halts: true, passes: true },
  foreign: { halts: true, passes: false },
  'not trading': { halts: true, passes: false },
  disk: { halts: true, passes: true },
  model: { halts: false, passes: true },
  'claimed twice': { halts: true, passes: false },
} as const satisfies Readonly<Record<DegradedCode, { readonly halts: boolean; readonly passes: boolean }>>;

/** Whoever finds it so says it in these words. */
export function unknownOrder(clientId: string, symbol: string): string {
  return `the venue does not say what became of order ${clientId} of ${symbol}: no entry until it is known; look it up there, then \`vela resolve ${clientId} filled|never\``;
}

/** A state that entries are halted by: written in the journal. */
export interface Hold {
  readonly cause: DegradedCode;
  /** Absent: of all instruments. */
  readonly instrument?: number;
  readonly sinceMs: number;
  readonly text: string;
}

/** What is degraded now. Which instrument is told by its number; its symbol is for those who read of it. */
export class Causes {
  readonly #holds = new Map<string, Hold>();
  readonly #symbols: readonly string[];

  constructor(symbols: readonly string[]) {
    this.#symbols = symbols;
  }

  /** False when it holds already. */
  add(hold: Hold): boolean {
    const key = keyOf(hold.cause, hold.instrument);
    const known = this.#holds.get(key);
    this.#holds.set(key, known === undefined ? hold : { ...hold, sinceMs: known.sinceMs });
    return known === undefined;
  }

  /** False when it did not hold. */
  delete(cause: DegradedCode, instrument: number | undefined): boolean {
    return this.#holds.delete(keyOf(cause, instrument));
  }

  has(cause: DegradedCode, instrument?: number): boolean {
    return this.#holds.has(keyOf(cause, instrument));
  }

  get all(): readonly Hold[] {
    return [...this.#holds.values()];
  }

  /** As `status.json` has it. */
  get degraded(): readonly Degraded[] {
    return this.all.map(({ cause, instrument, sinceMs, text }) => {
      const symbol = instrument === undefined ? undefined : this.#symbols[instrument];
      return { code: cause, sinceMs, text, ...(symbol !== undefined && { symbol }) };
    });
  }
}

function keyOf(cause: DegradedCode, instrument: number | undefined): string {
  return `${cause} ${instrument ?? 'all'}`;
}

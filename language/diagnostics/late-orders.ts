/**
 * What a strategy's warm-up leaves of the data it is run on (W0701, W0702). Said when a run is bound: only then are the
 * bars known. Needs no source text, since a plan may come from a cache.
 */
import { WARMUP } from './words/warmup.ts';

export interface BoundRule {
  readonly verb: string;
  /** Its condition, as written. */
  readonly text: string;
  /** First base tick of the data at which it can act; Infinity when never. */
  readonly ready: number;
}

export interface LateOrders {
  readonly code: 'W0701' | 'W0702';
  readonly message: string;
  readonly help: string | undefined;
}

/** A tenth of the data may pass unremarked: every strategy warms up. */
const WORTH_A_WORD = 0.1;

/** `bars`: base ticks of the data; `instant`: when the bar of a tick closes, in words. */
export function lateOrders(
  rules: readonly BoundRule[],
  bars: number,
  instant: (tick: number) => string,
): LateOrders | undefined {
  const [first] = rules.filter(rule => rule.verb === 'enter').sort((a, b) => a.ready - b.ready);
  if (!first || first.ready <= bars * WORTH_A_WORD) return undefined;
  const code = first.ready < bars ? 'W0702' : 'W0701';
  const facts = {
    rule: `when ${first.text}`,
    bars,
    ready: Number.isFinite(first.ready) ? first.ready + 1 : undefined,
    first: first.ready < bars ? instant(first.ready) : undefined,
  };
  return { code, message: WARMUP[code].message(facts), help: WARMUP[code].help(facts) };
}

/**
 * What a strategy's warm-up leaves of the data it is run on (W0701, W0702). Raised when a run is bound: only then are the
 * bars known.
 */
import type { Problem } from '../syntax/problem.ts';
import type { Program } from './program.ts';
import { conditionSpan, problemIn } from './rule-places.ts';

export interface RunSpan {
  /** For each rule, the first base tick of the data at which it can act; Infinity when never. */
  readonly ruleReady: readonly number[];
  /** Base ticks of the data. */
  readonly bars: number;
  /** When the bar of a tick closes, in words. */
  readonly instant: (tick: number) => string;
}

/** A tenth of the data may pass unremarked: every strategy warms up. */
const WORTH_A_WORD = 0.1;

/** At most one: the rule that can enter first decides. */
export function checkWarmup(program: Program, { ruleReady, bars, instant }: RunSpan): readonly Problem[] {
  const entries = program.rules.flatMap((rule, index) =>
    rule.verb === 'enter' ? [{ rule, ready: ruleReady[index] ?? Number.POSITIVE_INFINITY }] : [],
  );
  const [first] = entries.toSorted((a, b) => a.ready - b.ready);
  if (!first || first.ready <= bars * WORTH_A_WORD) return [];
  const span = conditionSpan(first.rule, program);
  if (first.ready >= bars) {
    const ready = Number.isFinite(first.ready) ? first.ready + 1 : undefined;
    return [problemIn(program, { code: 'W0701', span, facts: { ready, bars } })];
  }
  const facts = { ready: first.ready, bars, first: instant(first.ready) };
  return [problemIn(program, { code: 'W0702', span, facts })];
}

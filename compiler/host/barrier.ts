/**
 * The walk of a triple barrier, by the engine's rules: the favourable barrier is a target (a limit: filled where the price
 * trades through it, or touches it where limits fill so), the adverse one a stop (filled where it is touched). An open that lies
 * beyond a barrier decides before the bar's path does; where one bar reaches both, `both` says which counts. Held bars pass
 * without anything happening on them. Bars are numbered from 1, the first one after the entry's tick.
 */

export interface BarrierRules {
  /** Which barrier counts when one bar reaches both. */
  readonly both: 'worst' | 'best';
  readonly touch: 'through' | 'fills';
}

/** What the attribute of a `barrier` node holds. */
export function rulesOf(field: string): BarrierRules {
  const [both, touch] = field.split(' ');
  return { both: both === 'best' ? both : 'worst', touch: touch === 'fills' ? touch : 'through' };
}
export function rulesText({ both, touch }: BarrierRules): string {
  return `${both} ${touch}`;
}

/** The bars after the entry; NaN, or `held` other than 0, where there is no real one. */
export interface BarsAhead {
  open(bar: number): number;
  high(bar: number): number;
  low(bar: number): number;
  held(bar: number): number;
}

export interface BarrierEntry {
  /** Price of the fill. */
  readonly entry: number;
  /** Distances of the favourable and of the adverse barrier, above 0. */
  readonly up: number;
  readonly down: number;
  /** Above 0: long, below: short. */
  readonly side: number;
  /** Bars. */
  readonly within: number;
  /** Price at which time closes it; absent where that bar cannot be had. */
  readonly exit: number;
}

/** Numbers of the categories `up flat down`. */
export const UP = 0;
export const FLAT = 1;
export const DOWN = 2;

/** Class, and the bar that closes the label; 0 where time does. Both NaN where there is no label. */
export interface BarrierOutcome {
  category: number;
  bar: number;
}

/** Writes into `outcome`, so that a walk makes no garbage. */
export function walkBarrier(
  { entry, up, down, side, within, exit }: BarrierEntry,
  bars: BarsAhead,
  { both, touch }: BarrierRules,
  outcome: BarrierOutcome,
): void {
  outcome.category = outcome.bar = Number.NaN;
  const way = side > 0 ? 1 : side < 0 ? -1 : 0;
  if (way === 0 || Number.isNaN(entry) || !(up > 0) || !(down > 0)) return;
  // Seen from a long position: prices of a short one are turned round.
  const [target, stop] = [entry * way + up, entry * way - down];
  const reaches = (price: number): boolean => price > target || (touch === 'fills' && price === target);
  for (let bar = 1; bar <= within; bar++) {
    const open = bars.open(bar) * way;
    if (bars.held(bar) !== 0 || Number.isNaN(open)) continue;
    const [best, worst] = way === 1 ? [bars.high(bar), bars.low(bar)] : [-bars.low(bar), -bars.high(bar)];
    const [isPastStop, isPastTarget] = [open <= stop, reaches(open)];
    const [hitsStop, hitsTarget] = [worst <= stop, reaches(best)];
    if (!isPastStop && !isPastTarget && !hitsStop && !hitsTarget) continue;
    const isUp = !isPastStop && (isPastTarget || (hitsTarget && (!hitsStop || both === 'best')));
    outcome.category = isUp ? UP : DOWN;
    outcome.bar = bar;
    return;
  }
  if (Number.isNaN(exit)) return;
  outcome.category = FLAT;
  outcome.bar = 0;
}

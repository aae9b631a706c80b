/**
 * `when … alert "text"`: what a strategy wants a person to know. Told when the condition becomes true at a bar; a condition
 * that stays true is told once. Of bars that came too late, or never, nothing is told.
 */
import type { LaneColumns, PlanRun } from '../../compiler/kernel/run.ts';
import type { PlanRule } from '../../compiler/plan.ts';
import type { LiveTrader } from './live-trader.ts';

export interface Announcement {
  readonly symbol: string;
  readonly rule: string;
  readonly message: string;
}

type Alerting = Extract<PlanRule, { verb: 'alert' }>;

/** Of a notice that a strategy asked for; its facts are the announcement. */
export const ANNOUNCED = 'the strategy says';

export class Announcements {
  readonly #trader: LiveTrader;
  readonly #rules: readonly { readonly index: number; readonly rule: Alerting }[];
  /** By number of the rule; absent until its condition has been seen once. */
  readonly #held = new Map<number, boolean>();
  #tick = -1;

  constructor(trader: LiveTrader) {
    this.#trader = trader;
    this.#rules = trader.run.plan.rules.flatMap((rule, index) => (rule.verb === 'alert' ? [{ index, rule }] : []));
  }

  /** To be asked after each input: what the tick that it ended has to say. `isLate`: nobody wants to hear of it now. */
  look(isLate: boolean): readonly Announcement[] {
    const { live, run, fromTick } = this.#trader;
    const tick = live.length - 1;
    if (this.#rules.length === 0 || tick < fromTick || tick === this.#tick) return [];
    this.#tick = tick;
    return this.#rules.flatMap(({ index, rule }) => {
      const isHeld = live.market(rule.instrument).market.held[tick] === 1;
      const holds = !isHeld && tick >= (run.ruleReady[index] ?? Number.POSITIVE_INFINITY) && holdsAt(run, rule, tick);
      const before = this.#held.get(index);
      this.#held.set(index, holds);
      // After a restart it is not known whether it held before: what holds at first sight has been told then.
      if (!holds || isLate || before !== false) return [];
      const symbol = run.plan.instruments[rule.instrument]?.symbol ?? '';
      return [{ symbol, rule: rule.text, message: rule.message }];
    });
  }
}

function holdsAt(run: PlanRun, { when, instrument }: Alerting, tick: number): boolean {
  const lane = laneOf(run, instrument);
  const at = tick - run.blockStart;
  switch (when.from) {
    case 'fixed':
      return run.fixed[when.index] === 1;
    case 'flag':
      return lane?.flags[when.index]?.[at] === 1;
    case 'market':
      return lane?.market[when.index]?.[at] === 1;
    case 'account':
      return lane?.account[when.index] === 1;
  }
}

/** A member of a universe has columns of its own; what is no matter of members is the same in every lane. */
function laneOf({ plan, lanes }: PlanRun, instrument: number): LaneColumns | undefined {
  const member = plan.universes[0]?.members.indexOf(instrument) ?? -1;
  return lanes[Math.max(0, member)];
}

/**
 * The gate between rules and orders. It may shrink, refuse, halt or flatten, never enlarge; it never refuses an exit and
 * never takes protection away.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import { openTimeOf, ordinalAt } from '../../language/check/calendar.ts';
import type { Period } from '../../language/check/program.ts';
import type { Ledger } from '../engine/ledger.ts';
import { type Market, openTime, tickOpeningFrom } from '../engine/market.ts';
import type { Journal, ReachedLimit, ReviewedQuantity, RiskDemand, RiskGate, RiskSnapshot } from '../engine/ports.ts';
import type { Refusal } from '../engine/refusals.ts';
import { floorOf, isReached, type Limits, type LossCap, limitsOf } from './limits.ts';
import { Pauses } from './pauses.ts';

/** A quantity over a cap by less than this, relative, is at the cap: the arithmetic of sizes is not exact. */
const CAP_TOLERANCE = 1e-12;
const DAY: Period = { kind: 'fixed', ms: 86_400_000, anchorMs: 0 };
const NEVER = Number.POSITIVE_INFINITY;

/** Entries are stopped until none is left; each limit that halts has its own. */
interface Halt {
  /** Absent: a person's. */
  readonly cap: ReachedLimit | undefined;
  /** Absent: for good. */
  readonly until: Period | undefined;
  resumeTick: number;
}

/** `others`: limits that are kept elsewhere and tell of themselves by `reached`. */
export function createRiskGate(
  run: PlanRun,
  market: Market,
  journal: Journal,
  capital: number,
  others: readonly ReachedLimit[] = [],
): RiskGate {
  return new Gate(run, market, journal, capital, others);
}

class Gate implements RiskGate {
  halts = 0;
  readonly hasPauses: boolean;
  readonly hasLossCaps: boolean;
  readonly hasOrderCaps: boolean;

  readonly #limits: Limits;
  readonly #others: readonly ReachedLimit[];
  readonly #pauses: Pauses;
  readonly #clocks: PlanRun['plan']['clocks'];
  readonly #market: Market;
  readonly #journal: Journal;
  readonly #watchesDays: boolean;
  #dayStartEquity: number;
  #nextDay = Number.NEGATIVE_INFINITY;
  #active: readonly Halt[] = [];

  constructor(run: PlanRun, market: Market, journal: Journal, capital: number, others: readonly ReachedLimit[]) {
    this.#limits = limitsOf(run);
    this.#others = others;
    this.#pauses = new Pauses(run);
    this.#clocks = run.plan.clocks;
    this.#market = market;
    this.#journal = journal;
    this.#watchesDays = this.#limits.losses.some(({ from }) => from === 'day');
    this.#dayStartEquity = capital;
    this.hasPauses = run.plan.pauses.length > 0;
    this.hasLossCaps = this.#limits.losses.length > 0;
    this.hasOrderCaps = this.#limits.orders.length > 0;
  }

  beginTick(tick: number, ledger: Ledger): void {
    if (this.#watchesDays && tick >= this.#nextDay) {
      this.#dayStartEquity = ledger.equity;
      this.#nextDay = nextPeriod(this.#market, DAY, tick);
    }
    if (this.#active.length === 0) return;
    this.#active = this.#active.filter(halt => this.#goesOn(halt, tick, ledger));
    if (this.#active.length === 0) this.#journal.resume(tick);
  }

  atClose(tick: number, ledger: Ledger, exposed: boolean): RiskDemand {
    let demand: RiskDemand = 'nothing';
    for (const cap of this.#limits.losses) {
      if (!this.#isReached(cap, ledger)) continue;
      if (cap.action.kind === 'flatten' && !exposed) continue;
      demand = stronger(demand, this.#act(tick, cap));
    }
    return demand;
  }

  blocked(ledger: Ledger): Refusal | undefined {
    if (this.#active.length > 0) return 'halted';
    for (const cap of this.#limits.losses) if (this.#isReached(cap, ledger)) return cap.refusal;
    return undefined;
  }

  review(tick: number, ledger: Ledger, quantity: number, existing: number, price: number): ReviewedQuantity {
    let reviewed: ReviewedQuantity = { quantity, demand: 'nothing' };
    for (const cap of this.#limits.orders) {
      const allowed = (cap.limit * ledger.equity) / price - existing;
      if (reviewed.quantity + existing <= (allowed + existing) * (1 + CAP_TOLERANCE)) continue;
      if (cap.action.kind === 'reduce' && allowed > 0) {
        reviewed = { quantity: allowed, demand: 'nothing' };
        continue;
      }
      return { quantity: 0, refusal: cap.refusal, demand: this.#act(tick, cap) };
    }
    return reviewed;
  }

  reached(tick: number, limit: ReachedLimit): RiskDemand {
    return this.#act(tick, limit);
  }

  watchPauses(from: number, to: number): void {
    this.#pauses.watch(from, to);
  }

  paused(tick: number): boolean {
    return this.#pauses.includes(tick);
  }

  halt(tick: number): void {
    this.#halt(tick, undefined, undefined);
  }

  resume(tick: number): void {
    this.#active = [];
    this.#journal.resume(tick);
  }

  get limitNames(): readonly string[] {
    return this.#caps().map(({ refusal }) => refusal);
  }

  snapshot(): RiskSnapshot {
    const caps = this.#caps();
    return {
      halts: this.halts,
      dayStartEquity: this.#dayStartEquity,
      nextDay: this.#nextDay,
      pausesEnd: this.#pauses.end,
      active: this.#active.map(({ cap, until, resumeTick }) => ({
        cap: cap === undefined ? -1 : caps.indexOf(cap),
        isForGood: until === undefined,
        resumeTick,
      })),
    };
  }

  restore({ halts, dayStartEquity, nextDay, pausesEnd, active }: RiskSnapshot): void {
    const caps = this.#caps();
    this.halts = halts;
    this.#dayStartEquity = dayStartEquity;
    this.#nextDay = nextDay;
    this.#pauses.end = pausesEnd;
    this.#active = active.map(({ cap: number, isForGood, resumeTick }) => {
      const cap = caps[number];
      return { cap, until: isForGood ? undefined : this.#periodOf(cap), resumeTick };
    });
  }

  #caps(): readonly ReachedLimit[] {
    return [...this.#limits.orders, ...this.#limits.losses, ...this.#others];
  }

  /** How long a limit that halts does so; undefined: for good. */
  #periodOf(cap: ReachedLimit | undefined): Period | undefined {
    if (cap?.action.kind !== 'halt' || cap.action.until === undefined) return undefined;
    return this.#clocks[cap.action.until]?.period;
  }

  nextTick(tick: number): number {
    let next = this.#watchesDays ? Math.max(this.#nextDay, tick + 1) : NEVER;
    for (const { resumeTick } of this.#active) if (resumeTick < next) next = resumeTick;
    return next;
  }

  equityFloor(peak: number, exposed: boolean): number {
    let floor = Number.NEGATIVE_INFINITY;
    for (const cap of this.#limits.losses) {
      const acts = cap.action.kind === 'flatten' ? exposed : cap.action.kind === 'halt' && !this.#isHalting(cap);
      if (acts) floor = Math.max(floor, floorOf(cap, cap.from === 'day' ? this.#dayStartEquity : peak));
    }
    return floor;
  }

  #isReached(cap: LossCap, { equity, peak }: Ledger): boolean {
    return isReached(cap, equity, cap.from === 'day' ? this.#dayStartEquity : peak);
  }

  #isHalting(cap: Halt['cap']): boolean {
    return this.#active.some(halt => halt.cap === cap);
  }

  #halt(tick: number, cap: Halt['cap'], until: Period | undefined): void {
    this.halts += 1;
    const resumeTick = until ? nextPeriod(this.#market, until, tick) : NEVER;
    this.#active = [...this.#active, { cap, until, resumeTick }];
    this.#journal.halt(tick, cap?.refusal ?? 'halted', false);
  }

  /** A halt is lifted only when its limit no longer calls for it; otherwise it lasts another period. */
  #goesOn(halt: Halt, tick: number, ledger: Ledger): boolean {
    const { cap, until } = halt;
    if (tick < halt.resumeTick) return true;
    const calls = this.#limits.losses.some(loss => loss === cap && this.#isReached(loss, ledger));
    if (calls && until) halt.resumeTick = nextPeriod(this.#market, until, tick);
    return calls;
  }

  #act(tick: number, cap: ReachedLimit): RiskDemand {
    const { refusal, action } = cap;
    if (action.kind === 'halt') {
      if (this.#isHalting(cap)) return 'nothing';
      this.#halt(tick, cap, this.#periodOf(cap));
      return 'cancel entries';
    }
    if (action.kind !== 'flatten') return 'nothing';
    this.halts += 1;
    this.#journal.halt(tick, refusal, true);
    return 'flatten';
  }
}

function stronger(a: RiskDemand, b: RiskDemand): RiskDemand {
  return a === 'flatten' || b === 'nothing' ? a : b;
}

/** First tick of the period after the one that holds this tick's bar. */
function nextPeriod(market: Market, period: Period, tick: number): number {
  return tickOpeningFrom(market, openTimeOf(period, ordinalAt(period, openTime(market, tick)) + 1));
}

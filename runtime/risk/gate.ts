/**
 * The gate between rules and orders. It may shrink, refuse, halt or flatten, never enlarge; it never refuses an exit and
 * never takes protection away.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import { openTimeOf, ordinalAt } from '../../language/check/calendar.ts';
import type { Period } from '../../language/check/program.ts';
import type { Ledger } from '../engine/ledger.ts';
import { type Market, openTime, tickOpeningFrom } from '../engine/market.ts';
import type { Journal, ReviewedQuantity, RiskDemand, RiskGate } from '../engine/ports.ts';
import { floorOf, isReached, type Limits, type LossCap, limitsOf, type OrderCap } from './limits.ts';
import { createPauses } from './pauses.ts';

/** A quantity over a cap by less than this, relative, is at the cap: the arithmetic of sizes is not exact. */
const CAP_TOLERANCE = 1e-12;
const DAY: Period = { kind: 'fixed', ms: 86_400_000, anchorMs: 0 };
const NEVER = Number.POSITIVE_INFINITY;

/** Entries are stopped until none is left; each limit that halts has its own. */
interface Halt {
  /** Absent: a person's. */
  readonly cap: LossCap | OrderCap | undefined;
  /** Absent: for good. */
  readonly until: Period | undefined;
  resumeTick: number;
}

export function createRiskGate(run: PlanRun, market: Market, journal: Journal, capital: number): RiskGate {
  const limits: Limits = limitsOf(run);
  const pauses = createPauses(run);
  const clocks = run.plan.clocks;
  const watchesDays = limits.losses.some(({ from }) => from === 'day');
  const hasLossCaps = limits.losses.length > 0;
  let dayStartEquity = capital;
  let nextDay = Number.NEGATIVE_INFINITY;
  const active: Halt[] = [];
  let halts = 0;

  const baseOf = (cap: LossCap, { peak }: Ledger): number => (cap.from === 'day' ? dayStartEquity : peak);
  const breached = (ledger: Ledger): LossCap | undefined =>
    limits.losses.find(cap => isReached(cap, ledger.equity, baseOf(cap, ledger)));

  const isHalting = (cap: Halt['cap']): boolean => active.some(halt => halt.cap === cap);
  const halt = (tick: number, cap: Halt['cap'], until: Period | undefined): void => {
    halts += 1;
    active.push({ cap, until, resumeTick: until ? nextPeriod(market, until, tick) : NEVER });
    journal.halt(tick, cap?.refusal ?? 'halted', false);
  };
  /** A halt is lifted only when its limit no longer calls for it; otherwise it lasts another period. */
  const goesOn = (halt: Halt, tick: number, ledger: Ledger): boolean => {
    const { cap, until } = halt;
    if (tick < halt.resumeTick) return true;
    const calls = cap !== undefined && 'from' in cap && isReached(cap, ledger.equity, baseOf(cap, ledger));
    if (calls && until) halt.resumeTick = nextPeriod(market, until, tick);
    return calls;
  };
  const act = (tick: number, cap: LossCap | OrderCap): RiskDemand => {
    const { refusal, action } = cap;
    if (action.kind === 'halt') {
      if (isHalting(cap)) return 'nothing';
      halt(tick, cap, action.until === undefined ? undefined : clocks[action.until]?.period);
      return 'cancel entries';
    }
    if (action.kind !== 'flatten') return 'nothing';
    halts += 1;
    journal.halt(tick, refusal, true);
    return 'flatten';
  };

  return {
    get halts() {
      return halts;
    },
    beginTick(tick, ledger) {
      if (watchesDays && tick >= nextDay) {
        dayStartEquity = ledger.equity;
        nextDay = nextPeriod(market, DAY, tick);
      }
      if (active.length === 0) return;
      const lasting = active.filter(halt => goesOn(halt, tick, ledger));
      active.splice(0, active.length, ...lasting);
      if (active.length === 0) journal.resume(tick);
    },
    atClose(tick, ledger, exposed) {
      let demand: RiskDemand = 'nothing';
      for (const cap of limits.losses) {
        if (!isReached(cap, ledger.equity, baseOf(cap, ledger))) continue;
        if (cap.action.kind === 'flatten' && !exposed) continue;
        demand = stronger(demand, act(tick, cap));
      }
      return demand;
    },
    hasPauses: run.plan.pauses.length > 0,
    hasLossCaps,
    blocked: ledger => (active.length > 0 ? 'halted' : hasLossCaps ? breached(ledger)?.refusal : undefined),
    review(tick, ledger, quantity, existing, price) {
      let reviewed: ReviewedQuantity = { quantity, demand: 'nothing' };
      for (const cap of limits.orders) {
        const allowed = (cap.limit * ledger.equity) / price - existing;
        if (reviewed.quantity + existing <= (allowed + existing) * (1 + CAP_TOLERANCE)) continue;
        if (cap.action.kind === 'reduce' && allowed > 0) {
          reviewed = { quantity: allowed, demand: 'nothing' };
          continue;
        }
        return { quantity: 0, refusal: cap.refusal, demand: act(tick, cap) };
      }
      return reviewed;
    },
    watchPauses: pauses.watch,
    paused: pauses.includes,
    halt: tick => halt(tick, undefined, undefined),
    resume(tick) {
      active.length = 0;
      journal.resume(tick);
    },
    nextTick(tick) {
      const day = watchesDays ? Math.max(nextDay, tick + 1) : NEVER;
      return active.length === 0 ? day : active.reduce((next, { resumeTick }) => Math.min(next, resumeTick), day);
    },
    equityFloor(peak, exposed) {
      let floor = Number.NEGATIVE_INFINITY;
      for (const cap of limits.losses) {
        const acts = cap.action.kind === 'flatten' ? exposed : cap.action.kind === 'halt' && !isHalting(cap);
        if (acts) floor = Math.max(floor, floorOf(cap, cap.from === 'day' ? dayStartEquity : peak));
      }
      return floor;
    },
  };
}

function stronger(a: RiskDemand, b: RiskDemand): RiskDemand {
  return a === 'flatten' || b === 'nothing' ? a : b;
}

/** First tick of the period after the one that holds this tick's bar. */
function nextPeriod(market: Market, period: Period, tick: number): number {
  return tickOpeningFrom(market, openTimeOf(period, ordinalAt(period, openTime(market, tick)) + 1));
}

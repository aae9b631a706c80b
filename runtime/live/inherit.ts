/**
 * An edited strategy goes on with what the one before it left: the ledger, the bracket of its position as numbers, its
 * limits and pauses, its orders. What its new rules know of the market they reckon from the bars; states that are the same
 * as before go on, the others begin with those bars.
 */
import type { TakenOver } from '../../compiler/kernel/run.ts';
import type { Bracket, FrozenBracket, Level } from '../engine/bracket.ts';
import { workingStop } from '../engine/bracket.ts';
import { sideOf } from '../engine/ledger.ts';
import type { ActualOrder } from '../engine/orders.ts';
import type { RiskSnapshot } from '../engine/ports.ts';
import { inheritLedger } from './inherit-ledger.ts';
import { inheritPortfolio } from './inherit-portfolio.ts';
import type { LiveTrader } from './live-trader.ts';
import { PortfolioTrader } from './portfolio-trader.ts';
import { Trader } from './trader.ts';

/**
 * `heir` is fresh, of the new plan, trades what `old` trades, and stands where it stands: its first traded tick is the next
 * one. Throws a TypeError for two of different kinds.
 */
export function inherit(heir: LiveTrader, old: LiveTrader): TakenOver {
  if (heir instanceof Trader && old instanceof Trader) inheritSingle(heir, old);
  else if (heir instanceof PortfolioTrader && old instanceof PortfolioTrader) inheritPortfolio(heir, old);
  else throw new TypeError('rules and weights do not inherit from one another');
  heir.risk.restore(inheritedRisk(heir, old));
  return heir.run.takeOver?.(old.run) ?? { kept: [], anew: [] };
}

function inheritSingle(heir: Trader, old: Trader): void {
  const [state, before] = [heir.state, old.state];
  inheritLedger(state.ledger, before.ledger);
  state.bracket = fixedBracket(before.bracket, sideOf(before.ledger.position));
  const fixed = (actual: ActualOrder): ActualOrder => ({
    ...actual,
    entry: actual.entry && { ...actual.entry, rule: -1, bracket: fixedStop(old.plannedStop(actual.order.id)) },
  });
  state.orders = before.orders.map(fixed);
  state.departed = before.departed.map(fixed);
  // What the old rules meant to enter is dropped; what closes the position goes on.
  state.exit = before.exit && { ...before.exit, rule: -1 };
  state.blocks = before.blocks;
  state.touched = before.touched;
  state.lastId = before.lastId;
  state.lastProtection = before.lastProtection;
  state.started = before.started;
  state.lastTick = before.lastTick;
  state.insideTick = before.insideTick;
  state.ticksInMarket = before.ticksInMarket;
  Object.assign(state.counts, before.counts);
  state.refusals.set(before.refusals);
  state.trades.restore(before.trades.snapshot());
  heir.settings.steps = old.settings.steps;
}

/** Levels as they stand: they no longer move. A trail stays where it is, as a stop. */
function fixedBracket(bracket: Bracket, side: 1 | -1 | 0): Bracket {
  const stopPrice = side === 0 ? Number.NaN : workingStop(bracket, side);
  return {
    stop: undefined,
    hold: undefined,
    trail: undefined,
    stopPrice,
    trailPrice: Number.NaN,
    holdBars: bracket.holdBars,
    everyTick: false,
    refusedStop: bracket.refusedStop,
    targets: bracket.targets.map(target => ({ ...target, level: fixedLevel(target.price) })),
  };
}

function fixedStop(price: number): FrozenBracket {
  return {
    stop: Number.isNaN(price) ? undefined : fixedLevel(price),
    hold: undefined,
    trail: undefined,
    targets: [],
  };
}

function fixedLevel(price: number): Level {
  return { ref: { frozen: [], everyTick: false, live: [] }, frozen: Float64Array.of(price) };
}

/** Halts of limits that both have go on; that of a limit which is gone lasts until a person lets the run go on. */
function inheritedRisk(heir: LiveTrader, old: LiveTrader): RiskSnapshot {
  const [names, known] = [heir.risk.limitNames, old.risk.limitNames];
  const risk = old.risk.snapshot();
  return {
    ...risk,
    active: risk.active.map(halt => {
      const name = known[halt.cap];
      const cap = name === undefined ? -1 : names.indexOf(name);
      return cap < 0 ? { cap, isForGood: true, resumeTick: Number.POSITIVE_INFINITY } : { ...halt, cap };
    }),
  };
}

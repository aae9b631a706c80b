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
import { limitsOf } from '../risk/limits.ts';
import type { Trader } from './trader.ts';

/** `heir` is fresh, of the new plan, and stands where `old` stands: its first traded tick is the next one. */
export function inherit(heir: Trader, old: Trader): TakenOver {
  const [state, before] = [heir.state, old.state];
  const { totals, trade, capital: _capital, leverage: _leverage, ...ledger } = before.ledger;
  Object.assign(state.ledger, ledger);
  Object.assign(state.ledger.totals, totals);
  Object.assign(state.ledger.trade, trade);
  state.bracket = fixedBracket(before.bracket, sideOf(ledger.position));
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
  state.risk.restore(inheritedRisk(heir, old));
  heir.settings.steps = old.settings.steps;
  return state.run.takeOver?.(before.run) ?? { kept: [], anew: [] };
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
function inheritedRisk(heir: Trader, old: Trader): RiskSnapshot {
  const namesOf = ({ run }: Trader) => {
    const { orders, losses } = limitsOf(run);
    return [...orders, ...losses].map(({ refusal }) => refusal);
  };
  const [names, known] = [namesOf(heir), namesOf(old)];
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

/**
 * One instrument of a portfolio: its market, its part of the ledger, what is on order. A member's ledger begins at nothing
 * and holds what the member earned and paid; capital and all members' balances together are the account.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { ValueRef } from '../../compiler/plan.ts';
import type { Instrument } from '../../language/check/program.ts';
import { createLedger, type Ledger } from '../engine/ledger.ts';
import type { Market } from '../engine/market.ts';
import type { ExitReason } from '../engine/result.ts';
import type { VenueSteps } from '../engine/settings.ts';
import { Slippage } from '../engine/slippage.ts';
import { TradeLog } from '../engine/trade-log.ts';
import { laneRun } from './lane-run.ts';
import type { MemberOrder } from './orders.ts';
import type { MemberMarket } from './settings.ts';

export interface Member {
  /** In `Plan.instruments`. */
  readonly number: number;
  readonly instrument: Instrument;
  readonly market: Market;
  readonly firstTick: number;
  readonly endTick: number;
  /** Others where the venue changes them while the run goes on. */
  steps: VenueSteps;
  /** Maintenance margin ratio; NaN on spot, where nothing is liquidated. */
  readonly maintenance: number;
  readonly slippage: Slippage;
  /** What is done with the holding when the data end. */
  readonly leavers: 'exit' | 'keep';
  readonly ledger: Ledger;
  readonly trades: TradeLog;
  /** What was decided last and has not been filled. */
  order: MemberIntent | undefined;
  /** Its orders that the venue has or should have, as far as is known. */
  closing: MemberOrder | undefined;
  opening: MemberOrder | undefined;
  ticksHeld: number;
}

/** A change of the holding at market: what it closes goes first, then what it opens. */
export interface MemberIntent {
  readonly id: number;
  /** Number of the rebalance after the plan's rules; -1 for the engine's own. */
  readonly rule: number;
  /** Quantity that is still to be taken off the position, at most all of it. */
  close: number;
  /** Signed quantity that is still to be added to what is then left. */
  open: number;
  /** Signed quantity that is held when all of it has filled. */
  target: number;
  readonly reason: ExitReason | 'reduce';
  /** How often what closes was refused, or ended without a fill, and asked for again; unsaid: never. */
  readonly refusals?: number;
}

export interface MemberParts {
  readonly run: PlanRun;
  readonly number: number;
  readonly lane: number;
  readonly traded: MemberMarket;
  readonly steps: VenueSteps;
  readonly maintenance: number;
  readonly leverage: number;
  readonly slippage: ValueRef;
  readonly leavers: 'exit' | 'keep';
}

export function createMember(parts: MemberParts): Member {
  const { run, number, lane, traded, steps, maintenance, leverage, leavers } = parts;
  const { market, firstTick, endTick } = traded;
  const instrument = run.plan.instruments[number];
  if (instrument === undefined) throw new Error(`the plan has no instrument ${number}`);
  return {
    number,
    instrument,
    market,
    firstTick,
    endTick,
    steps,
    maintenance,
    slippage: new Slippage(laneRun(run, lane), parts.slippage),
    leavers,
    ledger: createLedger(0, leverage),
    trades: new TradeLog(),
    order: undefined,
    closing: undefined,
    opening: undefined,
    ticksHeld: 0,
  };
}

/** There is a real bar at this tick: orders can be decided and filled. */
export function isTradable(
  { market, firstTick, endTick }: Pick<Member, 'market' | 'firstTick' | 'endTick'>,
  tick: number,
): boolean {
  return tick >= firstTick && tick < endTick && market.held[tick] === 0;
}

/**
 * The engine of a portfolio with its kernel, one bar at a time. The same state, limits, journal and reducer as a backtest's;
 * only that bars come when they come, and fills from whatever venue there is.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import { portfolioHeader } from '../backtest.ts';
import { type Command, type EngineEvent, NO_COMMANDS } from '../engine/events.ts';
import { closableQuantity, type Ledger, type Totals } from '../engine/ledger.ts';
import type { RiskGate, RiskSnapshot } from '../engine/ports.ts';
import { type RunConfig, RunRefused, type VenueSteps } from '../engine/settings.ts';
import type { Counts } from '../engine/state.ts';
import { fillsOf } from '../journal/fills.ts';
import { createJournalOfSeveral, type JournalOfSeveral, journalHash, journalOf } from '../journal/writer.ts';
import { balanceOf } from '../portfolio/account.ts';
import { isLeaving } from '../portfolio/decide.ts';
import { closeTick, handle } from '../portfolio/engine.ts';
import { withLossLimits } from '../portfolio/limits.ts';
import type { Member, MemberIntent } from '../portfolio/member.ts';
import { knownOrder, type MemberOrder } from '../portfolio/orders.ts';
import { outcomeOfPortfolio, totalsOf } from '../portfolio/outcome.ts';
import type { PortfolioResult } from '../portfolio/result.ts';
import { loadBlock, logOpenTrades, warmUp } from '../portfolio/run.ts';
import { bindPortfolio, type PortfolioConfig, type PortfolioSettings } from '../portfolio/settings.ts';
import { createPortfolio, type PortfolioState } from '../portfolio/state.ts';
import { type StreamWriter, streamsOf } from '../portfolio/streams.ts';
import { createRiskGate } from '../risk/gate.ts';
import type { LiveGrid } from './grid.ts';
import { FLAT, type Guarded, type LiveTrader, NOT_GUARDED, type Position } from './live-trader.ts';
import { UNKNOWN_HEADER } from './trader.ts';

/** Fields of the state that are replaced, not changed in place. */
const KEPT = [
  'blocks',
  'missed',
  'lastId',
  'lastTick',
  'ticksInMarket',
  'rebalances',
  'firstDecision',
] as const satisfies readonly (keyof PortfolioState)[];

/** An order without its member, which is named by its place in the settings. */
interface KeptOrder extends Omit<MemberOrder, 'member'> {
  readonly place: number;
}

interface KeptMember {
  readonly ledger: Ledger;
  readonly order: MemberIntent | undefined;
  readonly trades: Float64Array;
  readonly ticksHeld: number;
  readonly slippage: number;
  readonly steps: VenueSteps;
}

export interface PortfolioSnapshot {
  readonly of: 'a portfolio';
  readonly kernel: Uint8Array;
  readonly streams: Float64Array;
  readonly fields: Partial<PortfolioState>;
  readonly members: readonly KeptMember[];
  readonly orders: readonly KeptOrder[];
  readonly departed: readonly KeptOrder[];
  readonly account: Ledger;
  readonly counts: Counts;
  readonly limited: ReadonlyMap<string, number>;
  readonly refusals: Float64Array;
  readonly equity: Float64Array;
  readonly risk: RiskSnapshot;
}

export class PortfolioTrader implements LiveTrader {
  readonly state: PortfolioState;
  readonly settings: PortfolioSettings;
  readonly live: LiveGrid;
  readonly journal: JournalOfSeveral;
  readonly traded: readonly number[];

  readonly #config: PortfolioConfig;
  readonly #members: ReadonlyMap<number, Member>;
  readonly #streams: StreamWriter;

  /** `run`: fresh, bound to the data of the grid, in blocks of one tick. */
  constructor(run: PlanRun, live: LiveGrid, config: PortfolioConfig) {
    this.live = live;
    this.#config = config;
    this.settings = bindPortfolio(run, number => memberMarket(live, number), config);
    const { members, capital, limits } = this.settings;
    const [first] = members;
    if (first === undefined) throw new RunRefused('the rebalance gives no instrument a weight');
    this.traded = members.map(({ number }) => number);
    this.#members = new Map(members.map(member => [member.number, member]));
    this.journal = createJournalOfSeveral(UNKNOWN_HEADER);
    const { market } = first;
    const risk = createRiskGate(withLossLimits(run), market, this.journal, capital, limits);
    const fromTick = config.fromTick ?? 0;
    this.state = createPortfolio({
      run,
      settings: this.settings,
      risk,
      journal: this.journal,
      fromTick,
      toTick: market.length,
    });
    this.#streams = streamsOf(this.state);
    if (fromTick === 0) warmUp(this.state, this.#streams);
  }

  // -------------------------------------------------------------- what may be seen of it

  get run(): PlanRun {
    return this.state.run;
  }

  get fromTick(): number {
    return this.state.fromTick;
  }

  get risk(): RiskGate {
    return this.state.risk;
  }

  get capital(): number {
    return this.settings.capital;
  }

  get currency(): string {
    return this.settings.currency;
  }

  /** The ledger of the whole is added up at each close; what fills since then cost and brought is in the balance. */
  get account(): Readonly<Ledger> {
    const { account } = this.state;
    return { ...account.ledger, balance: balanceOf(account) };
  }

  get totals(): Readonly<Totals> {
    return totalsOf(this.settings.members);
  }

  get equity(): Float64Array {
    return this.state.equity;
  }

  get tradeCount(): number {
    return this.settings.members.reduce((sum, { trades }) => sum + trades.count, 0);
  }

  tradesClosed(fromTick: number, toTick: number): number {
    return this.settings.members.reduce((sum, { trades }) => sum + trades.countClosed(fromTick, toTick), 0);
  }

  get missedSignals(): number {
    return this.state.counts.missedOnHeld;
  }

  get isExitWaiting(): boolean {
    return this.state.missed.length > 0;
  }

  get orders(): readonly MemberOrder[] {
    return this.state.orders;
  }

  knows(order: number): boolean {
    return knownOrder(this.state, order) !== undefined;
  }

  get known(): readonly number[] {
    const { orders, departed } = this.state;
    return [...orders, ...departed].map(({ order }) => order.id);
  }

  instrumentOf(order: number): number {
    const known = knownOrder(this.state, order);
    if (known === undefined) throw new RangeError(`there is no order ${order}`);
    return known.member.number;
  }

  position(instrument: number): Position {
    const member = this.#member(instrument);
    if (member === undefined) return FLAT;
    const { position: quantity, entry, mark, dust } = member.ledger;
    return { ...FLAT, quantity, entry, mark, ...(dust !== 0 && { dust }) };
  }

  /** A portfolio rests no stop at a venue; that a sale of all is wanted is watched as that of every run. */
  guarded(instrument: number): Guarded {
    const member = this.#member(instrument);
    if (member === undefined || member.ledger.position === 0) return NOT_GUARDED;
    const { ledger, steps } = member;
    const quantity = Math.sign(ledger.position) * closableQuantity(ledger, steps.lot);
    return { ...NOT_GUARDED, quantity, isClosing: isLeaving(member) };
  }

  #member(instrument: number): Member | undefined {
    return this.#members.get(instrument);
  }

  // -------------------------------------------------------------- what moves it

  closeBar(late = false): readonly Command[] {
    const tick = this.live.length - 1;
    const { fromTick } = this.state;
    if (tick === fromTick - 1) warmUp(this.state, this.#streams);
    if (tick < fromTick) return NO_COMMANDS;
    loadBlock(this.state, this.#streams);
    return closeTick(this.state, this.#streams, tick, late);
  }

  handle(event: EngineEvent): readonly Command[] {
    // What the venue says of an instrument that is data alone is not about what this run holds.
    const isOthers = 'instrument' in event && event.instrument !== undefined && !this.#members.has(event.instrument);
    return isOthers ? NO_COMMANDS : handle(this.state, this.#streams, event);
  }

  get canSnapshot(): boolean {
    return this.live.length > this.state.fromTick;
  }

  snapshot(): PortfolioSnapshot {
    const { state, settings } = this;
    const kept = ({ member, ...order }: MemberOrder): KeptOrder => ({
      ...order,
      place: settings.members.indexOf(member),
    });
    // One copy of it all: what an order and its member both point at is one thing in it as well.
    return structuredClone({
      of: 'a portfolio',
      kernel: state.run.snapshot(),
      streams: state.run.engine.slice(),
      fields: Object.fromEntries(KEPT.map(field => [field, state[field]])),
      members: settings.members.map(({ ledger, order, trades, ticksHeld, slippage, steps }) => ({
        ledger,
        order,
        trades: trades.snapshot(),
        ticksHeld,
        slippage: slippage.carried,
        steps,
      })),
      orders: state.orders.map(kept),
      departed: state.departed.map(kept),
      account: state.account.ledger,
      counts: state.counts,
      limited: state.limited,
      refusals: state.refusals,
      equity: state.equity.slice(0, Math.max(0, this.live.length - state.fromTick)),
      risk: state.risk.snapshot(),
    });
  }

  restore(snapshot: object): void {
    const kept = structuredClone(ofPortfolio(snapshot));
    const { state, settings } = this;
    state.run.restore(kept.kernel);
    state.run.engine.set(kept.streams);
    Object.assign(state, kept.fields);
    settings.members.forEach((member, place) => {
      const from = kept.members[place];
      if (from !== undefined) restoreMember(member, from);
    });
    const known = ({ place, ...order }: KeptOrder): MemberOrder => ({
      ...order,
      member: settings.members[place] as Member,
    });
    state.orders = kept.orders.map(known);
    state.departed = kept.departed.map(known);
    for (const order of state.orders) {
      if (order.part === 'close') order.member.closing = order;
      else order.member.opening = order;
    }
    Object.assign(state.account.ledger, kept.account);
    Object.assign(state.counts, kept.counts);
    for (const [name, count] of kept.limited) state.limited.set(name, count);
    state.refusals.set(kept.refusals);
    state.equity.set(kept.equity);
    state.risk.restore(kept.risk);
  }

  result(dataHash: string, _ambiguousFills: number, models?: RunConfig['models']): PortfolioResult {
    const { fromTick, run } = this.state;
    const toTick = Math.max(fromTick, this.live.length);
    const span = { fromTick, toTick, firstMs: this.live.openMs(0) };
    const config = { ...this.#config, ...(models !== undefined && { models }) };
    const header = portfolioHeader(run, dataHash, config, this.settings, span);
    const journal = journalOf(header, this.journal.recordsFrom(0), true);
    // Positions that are open become rows of their own.
    const members = this.settings.members.map(member => ({
      ...member,
      trades: member.trades.copy(),
      endTick: Math.min(member.endTick, this.live.length),
    }));
    const ended: PortfolioState = {
      ...this.state,
      settings: { ...this.settings, members },
      toTick,
      equity: this.state.equity.slice(0, toTick - fromTick),
    };
    logOpenTrades(ended, toTick);
    const fills = (instrument?: number) => fillsOf(journal, tick => this.live.openMs(tick), instrument);
    return outcomeOfPortfolio(ended, { bytes: journal, hash: journalHash(journal), fills });
  }
}

function memberMarket(live: LiveGrid, number: number) {
  const { market, spec } = live.market(number);
  const { firstTick = 0, endTick = Number.POSITIVE_INFINITY, hasFunding } = spec;
  return { market, firstTick, endTick, hasFunding };
}

function restoreMember(member: Member, { ledger, order, trades, ticksHeld, slippage, steps }: KeptMember): void {
  const { totals, trade, ...rest } = ledger;
  Object.assign(member.ledger, rest);
  Object.assign(member.ledger.totals, totals);
  Object.assign(member.ledger.trade, trade);
  member.order = order;
  member.trades.restore(trades);
  member.ticksHeld = ticksHeld;
  member.slippage.carried = slippage;
  member.steps = steps;
}

function ofPortfolio(snapshot: object): PortfolioSnapshot {
  if ('of' in snapshot && snapshot.of === 'a portfolio') return snapshot as PortfolioSnapshot;
  throw new RangeError('a snapshot of another kind of run');
}

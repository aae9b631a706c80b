/**
 * The engine of one instrument with its kernel, one bar at a time: what a run drives. The same state, rules, limits and
 * journal as a backtest's, and the same reducer; only that bars come when they come. Other instruments of the plan are data.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import { headerOf } from '../backtest.ts';
import { workingStop } from '../engine/bracket.ts';
import { handle } from '../engine/engine.ts';
import { type Command, type EngineEvent, NO_COMMANDS } from '../engine/events.ts';
import { closingLimits } from '../engine/intents.ts';
import { closableQuantity, type Ledger, sideOf, type Totals } from '../engine/ledger.ts';
import type { ActualOrder } from '../engine/orders.ts';
import { outcomeOf } from '../engine/outcome.ts';
import { plannedStop } from '../engine/planned.ts';
import type { RiskGate, RiskSnapshot } from '../engine/ports.ts';
import type { RunResult } from '../engine/result.ts';
import { bindSettings, type RunConfig, type Settings, tradedInstrument, type VenueSteps } from '../engine/settings.ts';
import { forgetSignals } from '../engine/signals.ts';
import { Slippage } from '../engine/slippage.ts';
import { type Counts, createState, type EngineState } from '../engine/state.ts';
import { loadBlock, warmUp } from '../exchange/batch.ts';
import { fillsOf } from '../journal/fills.ts';
import type { JournalHeader } from '../journal/format.ts';
import { createJournal, type JournalWriter, journalHash, journalOf } from '../journal/writer.ts';
import { createRiskGate } from '../risk/gate.ts';
import type { LiveGrid } from './grid.ts';
import { FLAT, type Guarded, type LiveTrader, NOT_GUARDED, type Position } from './live-trader.ts';

export interface TraderParts {
  /** Fresh, bound to the data of the grid, in blocks of one tick. */
  readonly run: PlanRun;
  readonly live: LiveGrid;
  readonly config: RunConfig;
  /** Bars before this are only warm-up. */
  readonly fromTick: number;
}

/** Fields of the engine that are replaced, not changed in place. */
const KEPT = [
  'bracket',
  'enter',
  'add',
  'exit',
  'reduces',
  'orders',
  'departed',
  'blocks',
  'touched',
  'lastId',
  'lastProtection',
  'eventsSet',
  'streamsStale',
  'refusedSince',
  'started',
  'lastTick',
  'lateExit',
  'insideTick',
  'ticksInMarket',
] as const satisfies readonly (keyof EngineState)[];

export interface TraderSnapshot {
  readonly of: 'one instrument';
  readonly kernel: Uint8Array;
  readonly streams: Float64Array;
  readonly engine: Partial<EngineState>;
  readonly ledger: Ledger;
  readonly counts: Counts;
  readonly heldBefore: Uint8Array;
  readonly refusals: Float64Array;
  readonly equity: Float64Array;
  readonly trades: Float64Array;
  readonly risk: RiskSnapshot;
  readonly slippage: number;
  readonly steps: VenueSteps;
}

/** Stands in the journal while a run goes on: its data are not known before its end. */
export const UNKNOWN_HEADER: JournalHeader = {
  planHash: '',
  params: {},
  capital: 0,
  dataHash: '',
  costs: {},
  span: { fromTick: 0, toTick: 0, firstMs: 0 },
};

export class Trader implements LiveTrader {
  readonly state: EngineState;
  readonly settings: Settings;
  readonly live: LiveGrid;
  readonly slippage: Slippage;
  readonly journal: JournalWriter;
  readonly turnsWithOneOrder = true;
  /** The one that rules are about. */
  readonly traded: readonly [number];

  readonly #config: RunConfig;
  /** From here on what is traded exists no more: of recorded bars. */
  readonly #endTick: number;

  constructor({ run, live, config, fromTick }: TraderParts) {
    const number = run.plan.instruments.indexOf(tradedInstrument(run));
    const { market, spec } = live.market(number);
    this.live = live;
    this.traded = [number];
    this.#config = config;
    this.#endTick = spec.endTick ?? Number.POSITIVE_INFINITY;
    this.settings = bindSettings(run, spec.hasFunding ? { funding: NO_FUNDING_YET } : {}, config);
    this.journal = createJournal(UNKNOWN_HEADER);
    const risk = createRiskGate(run, market, this.journal, this.settings.capital);
    const toTick = market.length;
    this.state = createState({
      run,
      settings: this.settings,
      market,
      risk,
      journal: this.journal,
      fromTick,
      toTick,
    });
    this.slippage = new Slippage(run, this.settings.slippage);
    if (fromTick === 0) this.#warmUp();
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

  get account(): Readonly<Ledger> {
    return this.state.ledger;
  }

  get totals(): Readonly<Totals> {
    return this.state.ledger.totals;
  }

  get equity(): Float64Array {
    return this.state.equity;
  }

  get tradeCount(): number {
    return this.state.trades.count;
  }

  tradesClosed(fromTick: number, toTick: number): number {
    return this.state.trades.countClosed(fromTick, toTick);
  }

  get missedSignals(): number {
    return this.state.counts.missedOnHeld;
  }

  get isExitWaiting(): boolean {
    return this.state.lateExit >= 0;
  }

  get orders(): readonly ActualOrder[] {
    return this.state.orders;
  }

  knows(id: number): boolean {
    const { orders, departed } = this.state;
    return orders.some(({ order }) => order.id === id) || departed.some(({ order }) => order.id === id);
  }

  get known(): readonly number[] {
    const { orders, departed } = this.state;
    return [...orders, ...departed].map(({ order }) => order.id);
  }

  instrumentOf(): number {
    return this.traded[0];
  }

  position(instrument: number): Position {
    if (instrument !== this.traded[0]) return FLAT;
    const { ledger, bracket } = this.state;
    const { position: quantity, entry, mark } = ledger;
    const side = sideOf(quantity);
    const dust = ledger.dust === 0 ? {} : { dust: ledger.dust };
    if (side === 0) return { ...FLAT, mark, ...dust };
    const stop = workingStop(bracket, side);
    const targets = bracket.targets.flatMap(({ price, filled }) => (filled || Number.isNaN(price) ? [] : [price]));
    return { quantity, entry, mark, stop, targets, ...dust };
  }

  guarded(instrument: number): Guarded {
    const { ledger, bracket, exit, touched, settings } = this.state;
    const side = sideOf(ledger.position);
    if (instrument !== this.traded[0] || side === 0) return NOT_GUARDED;
    const { reserves } = settings.ways;
    return {
      quantity: side * closableQuantity(ledger, settings.steps.lot),
      stop: workingStop(bracket, side),
      isClosing: exit?.order.type === 'market',
      reserves,
      limits: reserves ? closingLimits(this.state) : [],
      touched,
    };
  }

  plannedStop(order: number): number {
    return plannedStop(this.state, order);
  }

  // -------------------------------------------------------------- what moves it

  /** Runs the kernel over the bars before the first traded one. */
  #warmUp(): void {
    warmUp(this.state, this.slippage);
  }

  /**
   * The bar of the tick that the market took in last is complete, and what happened inside it has been told. Gives what
   * is to be sent.
   */
  closeBar(late = false): readonly Command[] {
    const tick = this.live.length - 1;
    const { fromTick } = this.state;
    if (tick === fromTick - 1) this.#warmUp();
    if (tick < fromTick || tick >= this.#endTick) return NO_COMMANDS;
    loadBlock(this.state, this.slippage);
    return handle(this.state, { type: 'barClosed', tick, late });
  }

  handle(event: EngineEvent): readonly Command[] {
    // What the venue says of an instrument that is data alone is not about this run's position.
    if ('instrument' in event && event.instrument !== this.traded[0]) return NO_COMMANDS;
    return handle(this.state, event);
  }

  /** A bar of the traded span has closed: before that there is nothing to keep. */
  get canSnapshot(): boolean {
    return this.live.length > this.state.fromTick;
  }

  /** All that the rest of the run depends on besides the bars; plain data and typed arrays. */
  snapshot(): TraderSnapshot {
    const { state } = this;
    return {
      of: 'one instrument',
      kernel: state.run.snapshot(),
      streams: state.run.engine.slice(),
      engine: Object.fromEntries(KEPT.map(field => [field, state[field]])),
      ledger: { ...state.ledger, totals: { ...state.ledger.totals }, trade: { ...state.ledger.trade } },
      counts: { ...state.counts },
      heldBefore: state.heldBefore.slice(),
      refusals: state.refusals.slice(),
      equity: state.equity.slice(0, Math.max(0, this.live.length - state.fromTick)),
      trades: state.trades.snapshot(),
      risk: state.risk.snapshot(),
      slippage: this.slippage.carried,
      steps: this.settings.steps,
    };
  }

  /** The market holds the bars of then. Throws a RangeError when the snapshot is not of this plan. */
  restore(kept: object): void {
    const snapshot = ofOneInstrument(kept);
    const { state } = this;
    state.run.restore(snapshot.kernel);
    state.run.engine.set(snapshot.streams);
    Object.assign(state, snapshot.engine);
    const { totals, trade, ...ledger } = snapshot.ledger;
    Object.assign(state.ledger, ledger);
    Object.assign(state.ledger.totals, totals);
    Object.assign(state.ledger.trade, trade);
    Object.assign(state.counts, snapshot.counts);
    state.heldBefore.set(snapshot.heldBefore);
    state.refusals.set(snapshot.refusals);
    state.equity.set(snapshot.equity);
    state.trades.restore(snapshot.trades);
    state.risk.restore(snapshot.risk);
    this.slippage.carried = snapshot.slippage;
    this.settings.steps = snapshot.steps;
    forgetSignals(state);
  }

  result(dataHash: string, ambiguousFills: number, models?: RunConfig['models']): RunResult {
    const { market, fromTick, run } = this.state;
    const toTick = Math.max(fromTick, Math.min(this.live.length, this.#endTick));
    const span = { fromTick, toTick, firstMs: this.live.openMs(0) };
    const config = { ...this.#config, ...(models !== undefined && { models }) };
    const header = headerOf(run, { hash: dataHash }, config, this.settings, span);
    const journal = journalOf(header, this.journal.recordsFrom(0));
    const fills = (bytes: Uint8Array) => fillsOf(bytes, tick => this.live.openMs(tick));
    const ended: EngineState = {
      ...this.state,
      // A position that is open becomes a row of its own.
      trades: this.state.trades.copy(),
      market: { ...market, length: toTick },
      toTick,
      equity: this.state.equity.slice(0, toTick - fromTick),
    };
    return outcomeOf(ended, { bytes: () => journal, hash: journalHash(journal), fills }, ambiguousFills);
  }
}

function ofOneInstrument(snapshot: object): TraderSnapshot {
  if ('of' in snapshot && snapshot.of === 'one instrument') return snapshot as TraderSnapshot;
  throw new RangeError('a snapshot of another kind of run');
}

const NO_FUNDING_YET = { times: new Float64Array(0), rates: new Float64Array(0), hash: '' };

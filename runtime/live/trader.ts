/**
 * The engine with its kernel, one bar at a time: what a run drives. The same state, rules, limits and journal as a
 * backtest's, and the same reducer; only that bars come when they come.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import { handle } from '../engine/engine.ts';
import type { Command, EngineEvent } from '../engine/events.ts';
import type { Ledger } from '../engine/ledger.ts';
import { outcomeOf } from '../engine/outcome.ts';
import type { RiskSnapshot } from '../engine/ports.ts';
import type { RunResult } from '../engine/result.ts';
import { bindSettings, type RunConfig, type Settings } from '../engine/settings.ts';
import { forgetSignals } from '../engine/signals.ts';
import { Slippage } from '../engine/slippage.ts';
import { type Counts, createState, type EngineState } from '../engine/state.ts';
import { loadBlock, warmUp } from '../exchange/batch.ts';
import { fillsOf } from '../journal/fills.ts';
import type { JournalHeader } from '../journal/format.ts';
import { createJournal, type JournalWriter, journalHash, journalOf } from '../journal/writer.ts';
import { createRiskGate } from '../risk/gate.ts';
import type { LiveMarket } from './market.ts';

export interface TraderParts {
  /** Fresh, bound to the market's lane, in blocks of one tick. */
  readonly run: PlanRun;
  readonly live: LiveMarket;
  readonly config: RunConfig;
  /** Bars before this are only warm-up. */
  readonly fromTick: number;
  readonly hasFunding: boolean;
}

/** Fields of the engine that are replaced, not changed in place. */
const KEPT = [
  'bracket',
  'enter',
  'add',
  'exit',
  'reduces',
  'orders',
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
}

/** Stands in the journal while a run goes on: its data are not known before its end. */
const UNKNOWN_HEADER: JournalHeader = {
  planHash: '',
  params: {},
  capital: 0,
  dataHash: '',
  costs: {},
  span: { fromTick: 0, toTick: 0, firstMs: 0 },
};

export class Trader {
  readonly state: EngineState;
  readonly settings: Settings;
  readonly live: LiveMarket;
  readonly slippage: Slippage;
  readonly journal: JournalWriter;

  constructor({ run, live, config, fromTick, hasFunding }: TraderParts) {
    const { market } = live;
    this.live = live;
    this.settings = bindSettings(run, hasFunding ? { funding: NO_FUNDING_YET } : {}, config);
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

  /** The next tick to close. */
  get nextTick(): number {
    return this.live.length;
  }

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
    if (tick < fromTick) return [];
    loadBlock(this.state, this.slippage);
    return handle(this.state, { type: 'barClosed', tick, late });
  }

  handle(event: EngineEvent): readonly Command[] {
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
    };
  }

  /** The market holds the bars of then. Throws a RangeError when the snapshot is not of this plan. */
  restore(snapshot: TraderSnapshot): void {
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
    forgetSignals(state);
  }

  /** What the run amounts to up to the last closed tick, as a backtest over the same bars would say. */
  result(header: JournalHeader, ambiguousFills: number): RunResult {
    const toTick = Math.max(this.state.fromTick, this.live.length);
    const { market, fromTick } = this.state;
    const journal = journalOf(header, this.journal.recordsFrom(0));
    const fills = (bytes: Uint8Array) => fillsOf(bytes, tick => this.live.openMs(tick));
    const ended: EngineState = {
      ...this.state,
      market: { ...market, length: toTick },
      toTick,
      equity: this.state.equity.slice(0, toTick - fromTick),
    };
    return outcomeOf(ended, { bytes: () => journal, hash: journalHash(journal), fills }, ambiguousFills);
  }
}

const NO_FUNDING_YET = { times: new Float64Array(0), rates: new Float64Array(0), hash: '' };

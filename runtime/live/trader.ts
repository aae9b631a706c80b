/**
 * The engine with its kernel, one bar at a time: what a run drives. The same state, rules, limits and journal as a
 * backtest's, and the same reducer; only that bars come when they come.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import { handle } from '../engine/engine.ts';
import type { Command, EngineEvent } from '../engine/events.ts';
import { outcomeOf } from '../engine/outcome.ts';
import type { RunResult } from '../engine/result.ts';
import { bindSettings, type RunConfig, type Settings } from '../engine/settings.ts';
import { Slippage } from '../engine/slippage.ts';
import { createState, type EngineState } from '../engine/state.ts';
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
  closeBar(): readonly Command[] {
    const tick = this.live.length - 1;
    const { fromTick } = this.state;
    if (tick === fromTick - 1) this.#warmUp();
    if (tick < fromTick) return [];
    loadBlock(this.state, this.slippage);
    return handle(this.state, { type: 'barClosed', tick });
  }

  handle(event: EngineEvent): readonly Command[] {
    return handle(this.state, event);
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

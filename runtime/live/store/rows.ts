/**
 * The durable journal of a run: one list of rows, append-only. What came in, what was decided about it, and what was sent
 * stand in the order in which they happened, so whatever is cut off the end by a crash is a suffix: nothing that is there
 * depends on something that is not.
 */
import type { Command, EngineEvent, Order } from '../../engine/events.ts';
import type { VenueWays } from '../../engine/settings.ts';
import type { MarketSpec } from '../market.ts';
import type { LiveBar, MarkPrices } from '../ports.ts';
import type { DifferenceKind } from '../reconcile/differences.ts';
import type { WishAnswer, WishFile } from '../wishes.ts';

/** Which instrument of the plan; unsaid: its first. */
export interface Of {
  readonly instrument?: number;
}

/** The first is not named: a run of one instrument says nothing of it. */
export function of(instrument: number): Of {
  return instrument === 0 ? {} : { instrument };
}

/** What moves the run; replaying these in order gives the same run. */
export type Input =
  | (Of & { readonly type: 'bar'; readonly bar: LiveBar; readonly receivedMs: number; readonly late?: boolean })
  | (Of & {
      readonly type: 'missing';
      readonly openMs: number;
      readonly receivedMs: number;
      readonly mark?: MarkPrices;
      /** Where others of the run have a bar. */
      readonly late?: boolean;
    })
  | (Of & { readonly type: 'funding'; readonly timeMs: number; readonly rate: number })
  /** `key`: of what a venue told; the same thing told twice has the same. `atMs`: when it was, by the venue's clock. */
  | (Of & {
      readonly type: 'event';
      readonly event: EngineEvent;
      /** What happened with it and is known with it: the half of a trade that opens, after the one that closes. */
      readonly then?: EngineEvent;
      readonly key?: string;
      readonly atMs?: number;
    })
  | RestoredInput
  | ForeignInput
  | DifferenceInput
  /** Books and venue agreed at this time of the venue's clock: what happened before needs no looking at. */
  | (Of & { readonly type: 'agreed'; readonly atMs: number })
  | WishInput
  | PlanInput
  /** A placement was taken: the venue's number of it. */
  | { readonly type: 'placed'; readonly order: number; readonly clientId: string; readonly venueId: string }
  /** The journal came from a backup: so many numbers of intents may have been used since, and are not used again. */
  | { readonly type: 'skipped'; readonly intents: number }
  | PredictionInput
  | ActivationInput;

/** Protection that was put back before the journal was replayed (guard/first.ts). */
export interface RestoredInput extends Of {
  readonly type: 'restored';
  readonly order: Order;
  readonly clientId: string;
  /** Instead of the one that the run believes to work. */
  readonly replaces: boolean;
}

/** What is at the venue in an instrument and is none of the run's: from now on it is known, and halts nothing. */
export interface ForeignInput extends Of {
  readonly type: 'foreign';
  /** Signed base quantity. */
  readonly quantity: number;
  /** The venue's numbers of orders. */
  readonly orders: readonly string[];
  readonly why: 'there before' | 'deposit' | 'withdrawal' | 'adopted' | 'released';
}

/** In what venue and books differed, for the record: what was done about it are inputs of their own. */
export interface DifferenceInput extends Of {
  readonly type: 'difference';
  readonly kind: DifferenceKind;
  readonly text: string;
  readonly atMs: number;
  /** Entries wait until a person has said what is to be. */
  readonly halts: boolean;
}

/**
 * From here on the run has another strategy; names of the states that went on, and of those that began anew. Or it has the
 * one that it had, and other models: then `models` are their names.
 */
export interface PlanInput {
  readonly type: 'plan';
  readonly planHash: string;
  readonly how: 'keep' | 'flatten';
  readonly kept: readonly string[];
  readonly anew: readonly string[];
  readonly models?: readonly string[];
}

/** What a person asked for, and what came of it. */
export interface WishInput {
  readonly type: 'wish';
  readonly file: WishFile;
  readonly answer: WishAnswer;
}

/** What a model says of a tick, before that tick closes. */
export interface PredictionInput {
  readonly type: 'prediction';
  readonly model: string;
  /** Id of the version that was asked; empty: none serves. */
  readonly version: string;
  /** Open of the bar of the model's block that it speaks of, UTC milliseconds. */
  readonly openMs: number;
  /** By key of `RunData.predictions`, one value a lane; NaN is absent. */
  readonly values: Readonly<Record<string, Float64Array>>;
  /** Why there is no answer; `values` are then what `on_failure` puts in its place. */
  readonly failure?: string;
  /** `on_failure: flat`: what is held is closed at the market. */
  readonly flatten?: true;
}

/** A version begins to serve. */
export interface ActivationInput {
  readonly type: 'activated';
  readonly model: string;
  readonly version: string;
  /** Of its bytes: the same id with another digest is another model. */
  readonly digest: string;
  /** T of its training; absent for a version that a person gave. */
  readonly trainedMs?: number;
  /** Open of the first base bar that it serves; later than the calendar says where its training took longer. */
  readonly openMs: number;
  readonly late?: true;
}

/** What answers for a model in this run, by the hash of what it is. */
export interface BoundModel {
  readonly model: string;
  /** `trained`: hash of the recipe. `promoted`, `file`: id of the version. */
  readonly by: 'trained' | 'promoted' | 'file';
  readonly hash: string;
}

/** Written before a command leaves. `number` counts intents of the run; ids are made from it. */
export interface IntentRow extends Of {
  readonly number: number;
  readonly command: Command;
  /** Of the order that is placed, changed or cancelled. */
  readonly clientId: string;
  /** Of an entry: where its stop will be, as far as that is known before it fills. */
  readonly stop?: number;
}

export type RowKind = 'input' | 'intent';

export interface Row {
  readonly seq: number;
  readonly kind: RowKind;
  /** `codec.ts` of an Input or an IntentRow. */
  readonly body: string;
  /** Of inputs: the records of the engine's journal (runtime/journal/format.ts) that it brought about. */
  readonly records?: Uint8Array;
}

export interface SnapshotRow {
  /** The last row that it knows of. */
  readonly seq: number;
  readonly body: Uint8Array;
}

/** What a journal is bound to: another plan, other values or another capital are another run. */
export interface RunBinding {
  readonly format: 2;
  readonly runId: string;
  readonly strategy: string;
  /** Of all instruments, by their numbers in the plan. */
  readonly symbols: readonly string[];
  readonly planHash: string;
  readonly params: Readonly<Record<string, number>>;
  readonly capital: number;
  /** By symbol. */
  readonly facts: Readonly<Record<string, string>>;
  /** How the bars came: a live run never reads a paper journal. */
  readonly mode: 'replay' | 'paper' | 'live';
  /** Open of tick 0, first traded tick. */
  readonly firstMs: number;
  readonly fromTick: number;
  /** How the venue takes orders; absent: as the simulated exchange does. */
  readonly ways?: VenueWays;
  /** By number of the instrument: whether marks and funding come, where its bars begin. */
  readonly markets: readonly Omit<MarketSpec, 'gaps'>[];
  /** Of recorded bars: a rehearsal is about exactly these. */
  readonly dataHash?: string;
  /** What answers for the models that the strategy asks; absent where it asks none. */
  readonly models?: readonly BoundModel[];
  /** Of a live run: its venue and account. */
  readonly account?: string;
}

/** Where rows go. `append` never waits; `durable` resolves when all that was appended before is safe from a power cut. */
export interface RowSink {
  append(row: Row): void;
  snapshot(row: SnapshotRow): void;
  durable(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The durable journal of a run: one list of rows, append-only. What came in, what was decided about it, and what was sent
 * stand in the order in which they happened, so whatever is cut off the end by a crash is a suffix: nothing that is there
 * depends on something that is not.
 */
import type { Command, EngineEvent } from '../../engine/events.ts';
import type { LiveBar, MarkPrices } from '../ports.ts';

/** Which instrument of the plan; unsaid: its first. */
interface Of {
  readonly instrument?: number;
}

/** What moves the run; replaying these in order gives the same run. */
export type Input =
  | (Of & { readonly type: 'bar'; readonly bar: LiveBar; readonly receivedMs: number; readonly late?: boolean })
  | (Of & {
      readonly type: 'missing';
      readonly openMs: number;
      readonly receivedMs: number;
      readonly mark?: MarkPrices;
    })
  | (Of & { readonly type: 'funding'; readonly timeMs: number; readonly rate: number })
  /** `key`: of what a venue told; the same thing told twice has the same. */
  | { readonly type: 'event'; readonly event: EngineEvent; readonly key?: string }
  /** A placement was taken: the venue's number of it. */
  | { readonly type: 'placed'; readonly order: number; readonly clientId: string; readonly venueId: string };

/** Written before a command leaves. `number` counts intents of the run; ids are made from it. */
export interface IntentRow {
  readonly number: number;
  readonly command: Command;
  /** Of the order that is placed, changed or cancelled. */
  readonly clientId: string;
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
  readonly format: 1;
  readonly runId: string;
  readonly strategy: string;
  readonly symbol: string;
  readonly planHash: string;
  readonly params: Readonly<Record<string, number>>;
  readonly capital: number;
  readonly facts: string;
  /** How the bars came: a live run never reads a paper journal. */
  readonly mode: 'replay' | 'paper' | 'live';
  /** Open of tick 0, first traded tick, whether marks and funding come. */
  readonly firstMs: number;
  readonly fromTick: number;
  readonly hasMarks: boolean;
  readonly hasFunding: boolean;
  /** Of recorded bars: a rehearsal is about exactly these. */
  readonly dataHash?: string;
}

/** Where rows go. `append` never waits; `durable` resolves when all that was appended before is safe from a power cut. */
export interface RowSink {
  append(row: Row): void;
  snapshot(row: SnapshotRow): void;
  durable(): Promise<void>;
  close(): Promise<void>;
}

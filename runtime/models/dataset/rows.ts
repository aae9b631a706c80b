/**
 * From columns by tick to the rows that a model may learn from, with every row that is left out counted by its cause. A row
 * is a tick of a lane where the features are ready, `when` holds, and the engine could have traded what the label says.
 */
import type { RowPlaces } from '../splits/fold.ts';

/** In the order in which a row is looked at: each row that is left out is counted once, under its first cause. */
export const ROW_CAUSES = [
  'not ready',
  'not settled',
  'when is not true',
  'all features absent',
  'entry bar held or absent',
  'exit bar held or absent',
  'label absent',
  'weight absent',
] as const;
export type RowCause = (typeof ROW_CAUSES)[number];

/** Columns of one lane on the block's clock, entry i is tick `firstTick + i`. */
export interface LaneTable {
  readonly features: readonly Float64Array[];
  /** Ready and settled from these entries on. */
  readonly readyFrom: number;
  readonly settledFrom: number;
  readonly when?: Float64Array;
  /** Row t + h speaks of tick t. */
  readonly label?: LabelTable;
  readonly uniqueness: readonly LabelTable[];
  readonly weights: readonly Float64Array[];
  /** 1 where the bar of this tick was not traded. */
  readonly held: Uint8Array;
  /** First and one past the last entry at which the instrument exists. */
  readonly from: number;
  readonly to: number;
}
export interface LabelTable {
  readonly value: Float64Array;
  readonly end?: Float64Array;
  readonly horizon: number;
}

export interface RowsRequest {
  readonly lanes: readonly LaneTable[];
  /** Number of the tables' first tick, and how many they have. */
  readonly firstTick: number;
  readonly length: number;
  /** Ticks from a row's to the bar in which its order fills: 1 at the next open, 0 at this close. */
  readonly entryDelay: number;
  /** Rows at or before this tick are of no interest, and not counted. */
  readonly after: number;
  /** Entry of the delayed columns that speaks of an entry (parts.ts). */
  readonly labelRow: (tick: number, horizon: number) => number;
}

/** Rows in the order of their ticks, in one tick of their lanes. */
export interface Rows extends RowPlaces {
  readonly columns: readonly Float64Array[];
  /** NaN where it is not closed at the tables' end, or where there is no label at all. */
  readonly label: Float64Array;
  /** Tick at which the label really ends. */
  readonly end: Int32Array;
  /** Of the labels of `uniqueness` factors, and the values of `value` factors, in their order. */
  readonly ends: readonly Int32Array[];
  readonly weights: readonly Float64Array[];
  readonly dropped: Readonly<Record<RowCause, number>>;
}

export function rowsOf(request: RowsRequest): Rows {
  const { lanes, firstTick, length } = request;
  const dropped = Object.fromEntries(ROW_CAUSES.map(cause => [cause, 0])) as Record<RowCause, number>;
  const found: { readonly tick: number; readonly lane: number }[] = [];
  for (let i = Math.max(0, request.after + 1 - firstTick); i < length; i++) {
    lanes.forEach((table, lane) => {
      if (i < table.from || i >= table.to) return;
      const cause = causeOf(table, i, request);
      if (cause === undefined) found.push({ tick: i, lane });
      else dropped[cause]++;
    });
  }
  const of = (read: (table: LaneTable, i: number) => number) =>
    Float64Array.from(found, ({ tick, lane }) => {
      const table = lanes[lane];
      return table === undefined ? Number.NaN : read(table, tick);
    });
  const endOf = (label: LabelTable | undefined, i: number) => firstTick + i + spanOf(label, i, request);
  const ends = (pick: (table: LaneTable) => LabelTable | undefined) =>
    Int32Array.from(of((table, i) => endOf(pick(table), i)));
  const [first] = lanes;
  return {
    tick: Int32Array.from(found, ({ tick }) => firstTick + tick),
    lane: Int32Array.from(found, ({ lane }) => lane),
    columns: (first?.features ?? []).map((_, column) => of((table, i) => table.features[column]?.[i] ?? Number.NaN)),
    label: of((table, i) => labelAt(table.label, i, request)),
    end: ends(table => table.label),
    ends: (first?.uniqueness ?? []).map((_, factor) => ends(table => table.uniqueness[factor])),
    weights: (first?.weights ?? []).map((_, factor) => of((table, i) => table.weights[factor]?.[i] ?? Number.NaN)),
    dropped,
  };
}

function causeOf(table: LaneTable, i: number, request: RowsRequest): RowCause | undefined {
  if (i < table.readyFrom) return 'not ready';
  if (i < table.settledFrom) return 'not settled';
  // Definitely true: absent is not.
  if (table.when !== undefined && table.when[i] !== 1) return 'when is not true';
  if (table.features.every(column => Number.isNaN(column[i] ?? Number.NaN))) return 'all features absent';
  const { label } = table;
  if (label === undefined || request.labelRow(i, label.horizon) >= request.length) return undefined;
  if (isUntraded(table, i + request.entryDelay)) return 'entry bar held or absent';
  if (isUntraded(table, i + spanOf(label, i, request)) && !isDelisted(table, i + spanOf(label, i, request), request))
    return 'exit bar held or absent';
  if (Number.isNaN(labelAt(label, i, request))) return 'label absent';
  if (table.weights.some(weight => Number.isNaN(weight[i] ?? Number.NaN))) return 'weight absent';
  return undefined;
}

function isUntraded({ held, from, to }: LaneTable, i: number): boolean {
  return i < from || i >= to || held[i] === 1;
}

/** Its bars ended before the data did: a label leaves at the last traded price. */
function isDelisted({ to }: LaneTable, i: number, { length }: RowsRequest): boolean {
  return i >= to && to < length;
}

function labelAt(label: LabelTable | undefined, i: number, { labelRow }: RowsRequest): number {
  return label?.value[labelRow(i, label.horizon)] ?? Number.NaN;
}

/** Ticks until the label really ends; the horizon where that is not known. */
function spanOf(label: LabelTable | undefined, i: number, { labelRow }: RowsRequest): number {
  if (label === undefined) return 0;
  const real = label.end?.[labelRow(i, label.horizon)] ?? Number.NaN;
  return Number.isNaN(real) ? label.horizon : real;
}

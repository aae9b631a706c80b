/**
 * The report of a UTC day: what the account did, what the venue and the limits refused, what had to be repaired. Days are
 * those of the bars, so a rehearsal has them too. The figures come from the engine's own journal; what only the process saw
 * (notices, slippage against what was expected) is counted while it runs.
 */
import type { Fill } from '../engine/result.ts';
import type { JournalRecord } from '../journal/reader.ts';
import { whereOf } from '../live/status.ts';
import type { Speaker } from './message.ts';

export const DAY_MS = 86_400_000;

/** What is counted of a day while it goes on; kept over restarts. */
export interface DayNotes {
  /** Money that fills cost beyond what was expected of them. */
  readonly slippage: number;
  /** Of the venue's differences, those that were repaired. */
  readonly repairs: number;
  readonly missingBars: number;
  readonly lateBars: number;
  readonly reconnects: number;
  readonly errors: number;
  /** Warnings and alerts by what they say. */
  readonly notices: Readonly<Record<string, number>>;
}

export const NO_NOTES: DayNotes = {
  slippage: 0,
  repairs: 0,
  missingBars: 0,
  lateBars: 0,
  reconnects: 0,
  errors: 0,
  notices: {},
};

export interface DayParts {
  readonly run: Speaker;
  readonly currency: string;
  /** Start of the day. */
  readonly dayMs: number;
  /** Equity at its start, and at the closes of its bars. */
  readonly startEquity: number;
  readonly equities: readonly number[];
  /** Of the engine's journal, of this day. */
  readonly records: readonly JournalRecord[];
  /** Trades that ended in it. */
  readonly trades: number;
  /** Signed quantities held at its end, by number of the instrument. */
  readonly held: Quantities;
  readonly symbols: readonly string[];
  readonly notes: DayNotes;
  /** The day is over. */
  readonly isComplete: boolean;
}

export interface DayReport {
  readonly format: 1;
  readonly date: string;
  readonly isComplete: boolean;
  readonly run: Speaker;
  readonly currency: string;
  readonly bars: number;
  readonly startEquity: number;
  readonly endEquity: number;
  readonly profit: number;
  /** Over equity at the start. */
  readonly return: number;
  /** Deepest fall from a high of the day, as a share of that high. */
  readonly drawdown: number;
  readonly trades: number;
  readonly fills: number;
  readonly turnover: number;
  readonly fees: number;
  /** Funding, interest and rebates received; negative where they were paid. */
  readonly income: number;
  readonly slippage: number;
  /** Entries that were not made, by why; those that the venue refused among them. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly rejects: number;
  readonly liquidations: number;
  /** Why entries were halted, in order. */
  readonly halts: readonly string[];
  /** At the end, by symbol; what is flat is left out. */
  readonly positions: Readonly<Record<string, number>>;
  readonly differences: number;
  readonly missingBars: number;
  readonly lateBars: number;
  readonly reconnects: number;
  readonly errors: number;
  readonly notices: Readonly<Record<string, number>>;
}

export function dayReport(parts: DayParts): DayReport {
  const { run, currency, dayMs, startEquity, equities, records, trades, held, symbols, notes, isComplete } = parts;
  const endEquity = equities.at(-1) ?? startEquity;
  const fills = records.filter(record => record.kind === 'fill').filter(({ reason }) => !BOOKED.has(reason));
  const positions = Object.entries(held).flatMap(([of, quantity]) =>
    quantity === 0 ? [] : [[symbols[Number(of)] ?? of, quantity] as const],
  );
  const refusals: Record<string, number> = {};
  for (const record of records) {
    if (record.kind === 'refusal') refusals[record.reason] = (refusals[record.reason] ?? 0) + 1;
  }
  return {
    format: 1,
    date: dateOf(dayMs),
    isComplete,
    run,
    currency,
    bars: equities.length,
    startEquity,
    endEquity,
    profit: endEquity - startEquity,
    return: endEquity / startEquity - 1,
    drawdown: deepest([startEquity, ...equities]),
    trades,
    fills: fills.length,
    turnover: sum(fills.map(({ price, quantity }) => price * quantity)),
    fees: sum(fills.map(({ fee }) => fee)),
    income: sum(records.map(record => (record.kind === 'funding' || record.kind === 'income' ? record.amount : 0))),
    slippage: notes.slippage,
    refusals,
    rejects: refusals['rejected by the venue'] ?? 0,
    liquidations: records.filter(({ kind }) => kind === 'liquidation').length,
    halts: records.flatMap(record => (record.kind === 'halt' ? [record.cause] : [])),
    positions: Object.fromEntries(positions),
    differences: notes.repairs,
    missingBars: notes.missingBars,
    lateBars: notes.lateBars,
    reconnects: notes.reconnects,
    errors: notes.errors,
    notices: notes.notices,
  };
}

/** What was written into the books and traded by nobody. */
const BOOKED: ReadonlySet<Fill['reason']> = new Set<Fill['reason']>(['adopted', 'released', 'taken', 'dust']);

export function dateOf(dayMs: number): string {
  return new Date(dayMs).toISOString().slice(0, 10);
}

/** Sums of decimal quantities end this near to 0, relative to the largest of them. */
const FLAT = 1e-9;

/** Signed quantities by number of the instrument. */
export type Quantities = Readonly<Record<number, number>>;

/** Quantities held after what the records tell, but for fees that were taken in coins: of those they tell the money alone. */
export function heldAfter(records: readonly JournalRecord[], held: Quantities): Quantities {
  const quantities: Record<number, number> = { ...held };
  for (const record of records) move(quantities, record);
  return quantities;
}

function move(quantities: Record<number, number>, record: JournalRecord): void {
  const of = numberOf(record);
  if (record.kind === 'liquidation') quantities[of] = 0;
  if (record.kind !== 'fill') return;
  const change = record.side === 'buy' ? record.quantity : -record.quantity;
  const quantity = (quantities[of] ?? 0) + change;
  quantities[of] = Math.abs(quantity) <= FLAT * Math.abs(change) ? 0 : quantity;
}

function numberOf({ instrument = 0 }: JournalRecord): number {
  return instrument;
}

function deepest(equities: readonly number[]): number {
  let peak = Number.NEGATIVE_INFINITY;
  let depth = 0;
  for (const equity of equities) {
    peak = Math.max(peak, equity);
    depth = Math.max(depth, 1 - equity / peak);
  }
  return depth;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

// ---------------------------------------------------------------- in words

export function dayText(report: DayReport): string {
  const { date, isComplete, run, currency, notices } = report;
  const money = (value: number) => `${signed(value, 2)} ${currency}`;
  const rows: readonly (readonly [string, string] | undefined)[] = [
    ['Equity', `${report.endEquity.toFixed(2)} ${currency}, ${signed(report.return * 100, 2)}% on the day`],
    ['Profit', money(report.profit)],
    ['Deepest fall', `${(report.drawdown * 100).toFixed(2)}%`],
    ['Trades', `${report.trades}, ${report.fills} fills, turnover ${report.turnover.toFixed(0)} ${currency}`],
    ['Fees', `${report.fees.toFixed(2)} ${currency}`],
    report.income === 0 ? undefined : ['Income', `${money(report.income)} of funding and interest`],
    ['Slippage', `${signed(report.slippage, 2)} ${currency} against the expected fills`],
    ['Positions', listed(report.positions) || 'flat'],
    ['Rejects', String(report.rejects)],
    countedRow('Refusals', report.refusals),
    report.halts.length === 0 ? undefined : ['Halts', haltsText(report.halts)],
    report.liquidations === 0 ? undefined : ['Liquidations', String(report.liquidations)],
    ['Differences', `${report.differences} repaired`],
    ['Data', `${report.missingBars} bars missing, ${report.lateBars} late, ${report.reconnects} reconnects`],
    countedRow('Notices', notices),
  ];
  const lines = rows.flatMap(row => (row === undefined ? [] : [`  ${row[0].padEnd(13)} ${row[1]}`]));
  return [`${date}${isComplete ? '' : ' so far'}  ${run.strategy} (${run.mode}, ${whereOf(run)})`, ...lines].join('\n');
}

/** What ended entries, and how often. */
function haltsText(halts: DayReport['halts']): string {
  const causes = [...new Set(halts)].map(cause => {
    const times = halts.filter(each => each === cause).length;
    const words = cause === 'halted' ? STOPPED : cause.replace(/^cap /, 'the cap on ').replaceAll('_', ' ');
    return times === 1 ? words : `${words}, ${times} times`;
  });
  return causes.join('; ');
}

/** No limit of the strategy's: in the journal they are all the same. */
const STOPPED = 'stopped by a person, an alert rule or the end of its process';

function countedRow(label: string, counts: Readonly<Record<string, number>>): readonly [string, string] | undefined {
  const text = listed(counts);
  return text === '' ? undefined : [label, text];
}

function listed(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(8))}`)
    .join(', ');
}

function signed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

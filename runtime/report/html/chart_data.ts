/**
 * The numbers behind the report's charts and trade table: 32-bit floats in base64, so that their size is known before
 * they are written. Everything is for drawing only; figures never come from here.
 */
import { groupCandles, groupFirst, groupLine, groupLowest, groupSize } from '../downsample.ts';
import { drawdownSeries } from '../drawdown.ts';
import type { ReportInput } from '../report.ts';

/** Bytes that all columns together may take, of the 5 MB of a report. */
const COLUMN_BUDGET = 2_600_000;
const MOST_POINTS = 20_000;
/** A 32-bit value in base64. */
const BYTES_A_POINT = 16 / 3;
/** Open, high, low, close, time, equity, benchmark, drawdown. */
const FIXED_COLUMNS = 8;
export const MOST_TRADES = 10_000;
const MOST_PLOTS = 24;

/** Read by page/page.ts. Columns are little-endian base64: times Uint32 seconds, the rest Float32. */
export interface ChartData {
  readonly points: number;
  /** Base ticks drawn as one point. */
  readonly ticksAPoint: number;
  readonly times: string;
  /** Absent where there is no price to draw. */
  readonly candles?: {
    readonly open: string;
    readonly high: string;
    readonly low: string;
    readonly close: string;
  };
  readonly priceDecimals: number;
  readonly benchmarkName: string;
  readonly plots: readonly { readonly name: string; readonly pane: string; readonly values: string }[];
  readonly equity: string;
  readonly benchmark: string;
  readonly drawdown: string;
  readonly currency: string;
  /** Trades before the first of `trades`, left out because they are too many. */
  readonly tradesBefore: number;
  readonly trades: readonly TradeRow[];
}

/** Times in seconds; an open trade has `open` 1. */
export type TradeRow = readonly [
  side: 'long' | 'short',
  entryTime: number,
  exitTime: number,
  entryPrice: number,
  exitPrice: number,
  quantity: number,
  profit: number,
  profitRatio: number,
  costs: number,
  bars: number,
  reason: string,
  open: 0 | 1,
  /** Empty where there is one instrument alone. */
  instrument: string,
];

export function chartData(input: ReportInput): ChartData {
  const { span, result } = input;
  const plots = input.plots.slice(0, MOST_PLOTS);
  const affordable = Math.floor(COLUMN_BUDGET / (BYTES_A_POINT * (FIXED_COLUMNS + plots.length)));
  const size = groupSize(result.equity.length, Math.min(MOST_POINTS, affordable));
  const candles = span.candles && groupCandles(span.candles, size);
  const benchmark = span.closes.map(close => (result.capital * close) / span.firstOpen);
  return {
    points: Math.ceil(result.equity.length / size),
    ticksAPoint: size,
    times: base64(Uint32Array.from(groupFirst(span.openTimes, size), ms => ms / 1000)),
    ...(candles !== undefined && {
      candles: {
        open: floats(candles.open),
        high: floats(candles.high),
        low: floats(candles.low),
        close: floats(candles.close),
      },
    }),
    priceDecimals: candles === undefined ? 2 : priceDecimals(candles.close),
    benchmarkName: candles === undefined ? 'all in equal parts' : 'buy and hold',
    plots: plots.map(({ name, pane, values }) => ({ name, pane, values: floats(groupLine(values, size)) })),
    equity: floats(groupLine(result.equity, size)),
    benchmark: floats(groupLine(benchmark, size)),
    drawdown: floats(groupLowest(drawdownSeries(result.equity, result.capital), size)),
    currency: result.currency,
    tradesBefore: Math.max(0, result.trades.length - MOST_TRADES),
    trades: tradeRows(input),
  };
}

/** The latest ones, when there are too many. */
function tradeRows(input: ReportInput): readonly TradeRow[] {
  return input.result.trades
    .slice(-MOST_TRADES)
    .map(trade => [
      trade.side,
      trade.entryTimeMs / 1000,
      trade.exitTimeMs / 1000,
      rounded(trade.entryPrice),
      rounded(trade.exitPrice),
      rounded(trade.quantity),
      rounded(trade.profit),
      rounded(trade.profitRatio),
      rounded(trade.fees + trade.slippage - trade.funding),
      trade.bars,
      trade.reason,
      trade.open ? 1 : 0,
      input.members === undefined ? '' : trade.instrument,
    ]);
}

function rounded(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(8)) : 0;
}

/** As many decimals as the prices have, up to eight digits in all; six digits where they have more than that. */
function priceDecimals(closes: Float64Array): number {
  const highest = closes.reduce((most, close) => Math.max(most, Number.isNaN(close) ? 0 : close), 0);
  if (highest === 0) return 2;
  const showing = (digits: number) => Math.max(0, Math.min(12, digits - 1 - Math.floor(Math.log10(highest))));
  for (let decimals = 0; decimals <= showing(8); decimals++) {
    const isEnough = (close: number) => Number.isNaN(close) || Number(close.toFixed(decimals)) === close;
    if (closes.every(isEnough)) return decimals;
  }
  return showing(6);
}

function floats(values: Float64Array): string {
  return base64(Float32Array.from(values));
}

function base64(column: Uint32Array | Float32Array): string {
  return Buffer.from(column.buffer, column.byteOffset, column.byteLength).toString('base64');
}

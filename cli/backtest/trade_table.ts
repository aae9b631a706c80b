/** `--trades` without `--json`: every trade, one aligned line each. */
import type { Trade } from '../../runtime/engine/result.ts';
import { formatInstant, formatNumber, formatPercent } from '../../runtime/report/format.ts';
import { aligned } from '../table.ts';
import type { Paint } from '../terminal.ts';
import type { Outcome } from './outcome.ts';

interface Column {
  readonly head: string;
  readonly cell: (trade: Trade, index: number) => string;
  /** Figures stand at the right of their column, words at the left. */
  readonly figure: boolean;
}

function columnsFor(trades: readonly Trade[]): readonly Column[] {
  const price = decimalsFor(trades.map(trade => Math.max(trade.entryPrice, trade.exitPrice)));
  const quantity = decimalsFor(trades.map(trade => trade.quantity));
  const words = (head: string, cell: Column['cell']): Column => ({ head, cell, figure: false });
  const figure = (head: string, cell: Column['cell']): Column => ({ head, cell, figure: true });
  return [
    figure('#', (_, index) => String(index + 1)),
    words('side', trade => trade.side),
    words('entry, UTC', trade => formatInstant(trade.entryTimeMs)),
    figure('price', trade => formatNumber(trade.entryPrice, price)),
    words('exit, UTC', trade => (trade.open ? 'open' : formatInstant(trade.exitTimeMs))),
    figure('price', trade => formatNumber(trade.exitPrice, price)),
    figure('quantity', trade => formatNumber(trade.quantity, quantity)),
    figure('profit', trade => formatNumber(trade.profit, 2)),
    figure('return', trade => formatPercent(trade.profitRatio)),
    figure('bars', trade => formatNumber(trade.bars, 0)),
    words('reason', trade => trade.reason),
  ];
}

/** As many for the whole column as show seven digits of its largest value. */
function decimalsFor(values: readonly number[]): number {
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  return largest === 0 ? 0 : Math.max(0, Math.min(12, 6 - Math.floor(Math.log10(largest))));
}

export function tradeTable({ result: { trades, currency } }: Outcome, paint: Paint): string {
  if (trades.length === 0) return `${paint('bold', 'Trades')}\n  none\n`;
  const columns = columnsFor(trades);
  const rows = trades.map((trade, index) => columns.map(({ cell }) => cell(trade, index)));
  const figures = new Set(columns.flatMap(({ figure }, i) => (figure ? [i] : [])));
  const [heads = '', ...lines] = aligned([columns.map(({ head }) => head), ...rows], figures);
  const table = [
    paint('dim', heads),
    ...lines.map((line, i) => ((trades[i]?.profit ?? 0) < 0 ? paint('red', line) : line)),
  ];
  return `${paint('bold', 'Trades')}, profit in ${currency} after all costs\n${table.map(text => `  ${text}\n`).join('')}`;
}

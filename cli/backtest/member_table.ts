/** What each member of a portfolio brought, the best first. */
import type { MemberResult, PortfolioResult } from '../../runtime/portfolio/result.ts';
import { formatNumber, formatPercent } from '../../runtime/report/format.ts';
import { aligned } from '../table.ts';
import type { Paint } from '../terminal.ts';
import type { Outcome } from './outcome.ts';

interface Column {
  readonly head: string;
  readonly cell: (member: MemberResult) => string;
}

export function memberTable({ result, span }: Outcome, { members }: PortfolioResult, paint: Paint): string {
  const columns: readonly Column[] = [
    { head: 'member', cell: ({ symbol }) => symbol },
    { head: 'profit', cell: ({ profit }) => formatNumber(profit, 2) },
    { head: 'of capital', cell: ({ profit }) => formatPercent(profit / result.capital, 1) },
    { head: 'trades', cell: ({ trades }) => formatNumber(trades.filter(({ open }) => !open).length, 0) },
    { head: 'held', cell: ({ ticksHeld }) => formatPercent(ticksHeld / span.openTimes.length, 0) },
    { head: 'turnover', cell: ({ totals }) => formatNumber(totals.turnover, 0) },
    { head: 'fees', cell: ({ totals }) => formatNumber(totals.fees, 2) },
    { head: 'slippage', cell: ({ totals }) => formatNumber(totals.slippage, 2) },
    ...(result.totals.funding === 0
      ? []
      : [{ head: 'funding', cell: ({ totals }: MemberResult) => formatNumber(0 - totals.funding, 2) }]),
  ];
  const sorted = members.toSorted((a, b) => b.profit - a.profit);
  const rows = sorted.map(member => columns.map(({ cell }) => cell(member)));
  const figures = new Set(columns.keys().drop(1));
  const [heads = '', ...lines] = aligned([columns.map(({ head }) => head), ...rows], figures);
  const shown = [
    paint('dim', heads),
    ...lines.map((line, i) => ((sorted[i]?.profit ?? 0) < 0 ? paint('red', line) : line)),
  ];
  return `${paint('bold', 'Members')}, in ${result.currency}\n${shown.map(line => `  ${line}\n`).join('')}`;
}

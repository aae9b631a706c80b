/** A backtest on the terminal: one aligned block of figures, then what it assumes and what to be careful of. */
import { formatInstant, formatMetric, formatNumber, formatPeriod } from '../../runtime/report/format.ts';
import { METRICS, type Metrics } from '../../runtime/report/metrics.ts';
import type { Paint } from '../terminal.ts';
import { assumptionsOf } from './assumptions.ts';
import { memberTable } from './member_table.ts';
import { marketOf, type Outcome } from './outcome.ts';
import { showParam } from './param_values.ts';

/** Left and right column of the block, row by row. */
const ROWS: readonly (readonly [keyof Metrics, keyof Metrics])[] = [
  ['totalReturn', 'trades'],
  ['benchmarkReturn', 'winRate'],
  ['cagr', 'profitFactor'],
  ['sharpe', 'expectancy'],
  ['sortino', 'averageBars'],
  ['maxDrawdown', 'exposure'],
  ['longestDrawdownDays', 'turnover'],
  ['calmar', 'profitBeforeCosts'],
  ['volatility', 'fees'],
  ['deflatedSharpe', 'slippage'],
];
const COLOURED: ReadonlySet<keyof Metrics> = new Set(['totalReturn', 'cagr', 'sharpe']);

export function summaryText(outcome: Outcome, paint: Paint): string {
  return [
    heading(outcome, paint),
    figures(outcome, paint),
    ...(outcome.portfolio === undefined ? [] : [memberTable(outcome, outcome.portfolio, paint)]),
    assumed(outcome, paint),
    hashes(outcome, paint),
  ].join('\n');
}

function heading({ plan, span, result, values }: Outcome, paint: Paint): string {
  const { symbol, venue } = marketOf(plan);
  const where = `${symbol} on ${venue}, `;
  const end = span.closeTimes.at(-1) ?? span.startMs;
  const params = plan.params.map(param => `${param.name} ${showParam(param, values[param.name] ?? param.value)}`);
  return [
    `${paint('bold', plan.title)}  ${where}every ${formatPeriod(span.period)}`,
    `${formatInstant(span.startMs)} to ${formatInstant(end)} UTC, ${formatNumber(result.equity.length, 0)} bars`,
    ...(params.length > 0 ? [paint('dim', params.join('  '))] : []),
    '',
  ].join('\n');
}

function figures({ statistics, result, span, portfolio }: Outcome, paint: Paint): string {
  const rows = result.totals.funding === 0 ? ROWS : [...ROWS, ['ulcer', 'funding'] as const];
  const column = (side: 0 | 1): readonly string[] => {
    const cells = rows.map(row => {
      const metric = METRICS.find(candidate => candidate.key === row[side]);
      if (metric === undefined) throw new Error(`there is no metric ${row[side]}`);
      const value = statistics.metrics[metric.key];
      const text = formatMetric(value, metric.format, { currency: result.currency, period: span.period });
      const label = portfolio !== undefined && metric.key === 'benchmarkReturn' ? 'All in equal parts' : metric.label;
      return { key: metric.key, label, value, text };
    });
    const width = Math.max(...cells.map(({ text }) => text.length));
    return cells.map(({ key, label, value, text }) => {
      const coloured = COLOURED.has(key) && value !== 0;
      const padded = text.padStart(width);
      return `${label.padEnd(19)}${coloured ? paint(value > 0 ? 'green' : 'red', padded) : padded}`;
    });
  };
  const right = column(1);
  return `${column(0)
    .map((left, i) => `  ${left}     ${right[i]}`)
    .join('\n')}\n`;
}

function assumed(outcome: Outcome, paint: Paint): string {
  const assumptions = assumptionsOf(outcome);
  const width = Math.max(...assumptions.map(({ label }) => label.length));
  const lines = assumptions.map(({ label, value, caution }) => {
    const text = `  ${label.padEnd(width)}  ${value}`;
    return caution ? paint('yellow', text) : text;
  });
  return `${paint('bold', 'Assumes')}\n${lines.join('\n')}\n`;
}

function hashes({ plan, set, result, timing }: Outcome, paint: Paint): string {
  const short = (hash: string) => hash.slice(0, 12);
  const spent = `load ${timing.loadMs.toFixed(0)} ms, compile ${timing.compileMs.toFixed(0)} ms, run ${timing.runMs.toFixed(0)} ms`;
  return paint(
    'dim',
    `plan ${short(plan.planHash)}  data ${short(set.hash)}  journal ${short(result.journalHash)}  ${spent}\n`,
  );
}

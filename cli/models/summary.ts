/** A training on the terminal: what all rows out of sample say, then fold by fold, printed as it is. */
import { metricNamed } from '../../runtime/models/metrics/table.ts';
import type { FoldReport, ModelReport } from '../../runtime/models/pipeline/evaluate.ts';
import { formatNumber } from '../../runtime/report/format.ts';
import { aligned } from '../table.ts';
import type { Paint } from '../terminal.ts';
import type { TrainOutcome } from './train.ts';

/** Figures of a fold that have a column on the terminal, as far as a model has them. */
const COLUMNS = ['auc', 'log_loss', 'accuracy', 'rmse', 'ic', 'ic_t', 'ndcg', 'quantile_loss'];

export function trainSummary(outcome: TrainOutcome, paint: Paint): string {
  return outcome.models
    .map(report => [head(report, paint), pooledText(report, paint), foldTable(report, paint), leans(report)].join('\n'))
    .join('\n')
    .concat(nullsText(outcome, paint));
}

function head(
  { model, trainer, objective, label, horizon, features, folds, looksAhead }: ModelReport,
  paint: Paint,
): string {
  const made = folds.filter(({ version }) => version !== undefined);
  const fresh = made.filter(({ isNew }) => isNew).length;
  const versions = looksAhead
    ? `${folds.length} folds, nothing of which is kept`
    : `${counted(made.length, 'version')} of ${counted(folds.length, 'training')}, ${fresh} of them new`;
  return [
    `${paint('bold', model)}  ${trainer}, ${objective}, learns ${label} (closed ${horizon} bars later) from ${features.length} features`,
    versions,
    '',
  ].join('\n');
}

function pooledText({ pooled, weighted }: ModelReport, paint: Paint): string {
  if (pooled === undefined) return paint('yellow', 'no row out of sample\n');
  const { rows, ticks, values, intervals = {}, baseRates = [] } = pooled;
  const cells = Object.entries(values)
    .filter(([, value]) => Number.isFinite(value))
    .map(([name, value]) => {
      const interval = intervals[name];
      const range = interval === undefined ? '' : `${figure(interval.low)} to ${figure(interval.high)}`;
      return [`  ${metricNamed(name)?.title ?? name}`, figure(value), range];
    });
  const rates = baseRates.length === 0 ? '' : `, base rate ${baseRates.map(rate => rate.toFixed(3)).join(' ')}`;
  return [
    `${paint('bold', 'Out of sample')}  ${formatNumber(rows, 0)} rows in ${formatNumber(ticks, 0)} bars${rates}; 95 % by moving blocks`,
    ...aligned(cells, new Set([1])),
    ...(weighted ? ['  Its probabilities, and the base rates below, are of rows as they were weighted.'] : []),
    '',
  ].join('\n');
}

function foldTable({ folds }: ModelReport, paint: Paint): string {
  const metrics = COLUMNS.filter(name => folds.some(({ metrics: own }) => own?.[name] != null));
  const rows = [
    [
      '  trained at',
      'rows',
      'effective',
      'dropped',
      'base',
      'rounds',
      'tested',
      ...metrics.map(name => metricNamed(name)?.title ?? name),
      '',
    ],
    ...folds.map(fold => foldCells(fold, metrics)),
  ];
  const figures = new Set(Array.from({ length: 6 + metrics.length }, (_, i) => i + 1));
  const [first = '', ...rest] = aligned(rows, figures);
  return [paint('dim', first), ...rest, ''].join('\n');
}

function foldCells(fold: FoldReport, metrics: readonly string[]): readonly string[] {
  const { trainedAt, rows, effectiveRows, dropped, baseRates, rounds, refusal, accepted } = fold;
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  return [
    `  ${trainedAt.slice(0, 10)}`,
    formatNumber(rows.train, 0),
    effectiveRows === undefined ? '–' : formatNumber(effectiveRows, 0),
    formatNumber(lost, 0),
    baseRates === undefined ? '–' : baseRates.map(rate => rate.toFixed(2)).join(' '),
    rounds === undefined ? '–' : String(rounds),
    formatNumber(rows.test, 0),
    ...metrics.map(name => {
      const value = fold.metrics?.[name];
      return value == null ? '–' : figure(value);
    }),
    refusal?.message ?? (accepted === false ? 'not accepted' : ''),
  ];
}

function counted(count: number, what: string): string {
  return `${formatNumber(count, 0)} ${what}${count === 1 ? '' : 's'}`;
}

/** Columns that were left out of any version, and of how many. */
function leftOut({ folds }: ModelReport): string {
  const counts = new Map<string, number>();
  for (const { name, cause } of folds.flatMap(({ columnsLeft }) => columnsLeft))
    counts.set(`${name} (${cause})`, (counts.get(`${name} (${cause})`) ?? 0) + 1);
  const made = folds.filter(({ version }) => version !== undefined).length;
  return [...counts].map(([what, count]) => (count === made ? what : `${what} in ${count} of ${made}`)).join(', ');
}

function leans(report: ModelReport): string {
  const { gain, permutation, permutationMetric } = report;
  const left = leftOut(report);
  const most = gain
    .filter(({ share }) => share > 0)
    .slice(0, 5)
    .map(({ name, share }) => `${name} ${(share * 100).toFixed(0)} %`);
  const loses = permutation
    .filter(({ loss }) => Number.isFinite(loss))
    .slice(0, 5)
    .map(({ name, loss }) => `${name} ${figure(loss)}`);
  return [
    ...(most.length > 0 ? [`  Leans on (gain)      ${most.join(', ')}`] : []),
    ...(loses.length > 0 ? [`  Loses without (${permutationMetric})  ${loses.join(', ')}`] : []),
    ...(left === '' ? [] : [`  Columns left out     ${left}`]),
    '',
  ].join('\n');
}

function nullsText({ nulls }: TrainOutcome, paint: Paint): string {
  return nulls
    .map(({ model, metric, real, nulls: all, share }) => {
      const sorted = all.toSorted((a, b) => a - b);
      const range = `${figure(sorted[0] ?? Number.NaN)} to ${figure(sorted.at(-1) ?? Number.NaN)}`;
      return `${paint('bold', 'By lot')}  ${model}: ${metric} ${figure(real)} beside ${all.length} runs on returns with signs by lot, ${range}; as good or better: ${(share * 100).toFixed(0)} %\n`;
    })
    .join('');
}

function figure(value: number): string {
  return value.toFixed(Math.abs(value) < 10 ? 4 : 2).replace('-', '−');
}

/** The parts of a training's report, top to bottom. */
import { metricNamed } from '../../../runtime/models/metrics/table.ts';
import type { FoldReport, ModelReport } from '../../../runtime/models/pipeline/evaluate.ts';
import { formatDay, formatNumber, formatPercent } from '../../../runtime/report/format.ts';
import { html, type Markup } from '../../../runtime/report/html/markup.ts';
import type { TrainOutcome } from '../train.ts';
import { bars, type Line, plot } from './plots.ts';

const figure = (value: number | null | undefined): string =>
  value == null || !Number.isFinite(value) ? '–' : value.toFixed(Math.abs(value) < 10 ? 4 : 2).replace('-', '−');
const titleOf = (name: string): string => metricNamed(name)?.title ?? name;
const dayOf = (iso: string): string => iso.slice(0, 10);

export function header({ strategy, set, models }: TrainOutcome): Markup {
  const { firstMs, lastMs } = set.quality;
  const names = models.map(({ model }) => model).join(', ');
  return html`<header><h1>${strategy}</h1>
<p>Training of <b>${names}</b> &nbsp;·&nbsp; <span class="whole">${formatDay(firstMs)}</span> to <span class="whole">${formatDay(lastMs)}</span> (UTC), ${set.members.length} ${set.members.length === 1 ? 'instrument' : 'instruments'}</p></header>`;
}

export function banners({ warnings }: TrainOutcome): Markup | undefined {
  if (warnings.length === 0) return undefined;
  return html`<div class="banner"><b>${warnings.length === 1 ? 'One warning' : `${warnings.length} warnings`}</b><ul>${warnings.map(text => html`<li>${text}</li>`)}</ul></div>`;
}

export function model(report: ModelReport, { nulls }: TrainOutcome): Markup {
  const { model: name, trainer, objective, label, horizon, features, looksAhead } = report;
  return html`<section><h2>${name} <small>${trainer}, ${objective}; learns ${label}, closed ${horizon} bars later, from ${features.length} features</small></h2>
${looksAhead && html`<p class="note">Split in k folds: what judges a fold was partly seen by the models of the others. These figures compare models; they are no history.</p>`}
${headline(report)}</section>
${pooled(report)}
<section class="pair">${overFolds(report)}${learningCurves(report)}</section>
<section class="pair">${calibration(report)}${lift(report)}</section>
<section class="pair">${gain(report)}${permutation(report)}</section>
${confusion(report)}
${folds(report)}
${dropped(report)}
${drift(report)}
${byLot(report, nulls)}`;
}

/** The figures that are looked at first, as far as the model has them. */
const HEADLINE = ['auc', 'log_loss', 'accuracy', 'ic', 'ic_t', 'rmse', 'ndcg', 'quantile_loss'];

function headline({ pooled: all, folds: own }: ModelReport): Markup | undefined {
  if (all === undefined) return html`<p class="note">No row out of sample.</p>`;
  const shown = HEADLINE.filter(name => Number.isFinite(all.values[name] ?? Number.NaN)).slice(0, 5);
  const versions = own.filter(({ version }) => version !== undefined).length;
  return html`<dl class="headline">${shown.map(name => html`<div title="${metricNamed(name)?.about ?? ''}"><dt>${titleOf(name)}</dt><dd>${figure(all.values[name])}</dd></div>`)}<div><dt>Rows judged</dt><dd>${formatNumber(all.rows, 0)}</dd></div><div><dt>Versions</dt><dd>${versions} of ${own.length}</dd></div></dl>`;
}

function pooled({ pooled: all, weighted }: ModelReport): Markup | undefined {
  if (all === undefined) return undefined;
  const row = ([name, value]: [string, number]) => {
    const interval = all.intervals?.[name];
    return html`<tr><td title="${metricNamed(name)?.about ?? ''}">${titleOf(name)}</td><td class="number">${figure(value)}</td><td class="number">${interval === undefined ? '' : `${figure(interval.low)} to ${figure(interval.high)}`}</td><td class="words">${metricNamed(name)?.about ?? ''}</td></tr>`;
  };
  const known = Object.entries(all.values).filter(([, value]) => Number.isFinite(value));
  return html`<section><h2>Out of sample <small>all rows together, never a mean over folds; 95 % by moving blocks of bars</small></h2>
<div class="scroll"><table><tbody>${known.map(row)}</tbody></table></div>
${weighted && html`<p class="note">Its probabilities, and the base rates of the folds, are of rows as they were weighted.</p>`}</section>`;
}

function overFolds({ folds: own, pooled: all }: ModelReport): Markup | undefined {
  const name = HEADLINE.find(each => own.some(({ metrics }) => metrics?.[each] != null));
  if (name === undefined) return undefined;
  const points = own.map(({ metrics }, x) => ({ x, y: metrics?.[name] ?? Number.NaN }));
  const chance = name === 'auc' ? [{ y: 0.5, name: 'chance' }] : name === 'ic' ? [{ y: 0, name: 'chance' }] : [];
  const value = all?.values[name];
  return plot({
    title: `${titleOf(name)}, fold by fold`,
    ...(value !== undefined && { note: `${figure(value)} over all rows` }),
    lines: [{ name: titleOf(name), points, colour: 'accent', dots: true }],
    marks: chance,
    xLabel: x => dayOf(own[Math.round(x)]?.trainedAt ?? ''),
  });
}

const COLOURS = ['line-1', 'line-2', 'line-3', 'line-4', 'line-5', 'line-6'];

function learningCurves({ folds: own }: ModelReport): Markup | undefined {
  const isTold = ({ train, valid }: { readonly train?: number; readonly valid?: number }) =>
    (valid ?? train) !== undefined;
  const told = own.filter(({ curve = [] }) => curve.filter(isTold).length > 1);
  if (told.length === 0) return undefined;
  const [metric] = told.flatMap(fold => fold.metric ?? []);
  // A dozen curves on one another say no more than six.
  const shown = told.filter((_, i) => i % Math.ceil(told.length / COLOURS.length) === 0);
  const isValid = shown.some(({ curve = [] }) => curve.some(({ valid }) => valid !== undefined));
  return plot({
    title: 'Learning curves',
    note: `${metric ?? 'loss'} of the ${isValid ? 'valid' : 'training'} part by round`,
    lines: shown.map(
      ({ curve = [], trainedAt }, i): Line => ({
        name: dayOf(trainedAt),
        points: curve.map(({ round, train, valid }) => ({ x: round, y: (isValid ? valid : train) ?? Number.NaN })),
        colour: COLOURS[i % COLOURS.length] ?? 'accent',
      }),
    ),
    xLabel: x => String(Math.round(x)),
    yDigits: 4,
  });
}

function calibration({ pooled: all }: ModelReport): Markup | undefined {
  const tables = all?.calibration ?? [];
  if (tables.length === 0) return undefined;
  return plot({
    title: 'Calibration',
    note: 'how often it came true, by what was predicted',
    lines: tables.map(
      ({ name, bins }, i): Line => ({
        name,
        points: bins.map(({ predicted, observed }) => ({ x: predicted, y: observed })),
        colour: COLOURS[i % COLOURS.length] ?? 'accent',
        dots: true,
      }),
    ),
    diagonal: true,
    xLabel: x => formatPercent(x, 0),
    yDigits: 1,
  });
}

function lift({ pooled: all }: ModelReport): Markup | undefined {
  const [table] = all?.lift ?? [];
  if (table === undefined) return undefined;
  const row = ({ rows, predicted, observed, lift: times }: (typeof table.tenths)[number], i: number) =>
    html`<tr><td>${i + 1}</td><td class="number">${formatNumber(rows, 0)}</td><td class="number">${figure(predicted)}</td><td class="number">${figure(observed)}</td><td class="number">${Number.isFinite(times) ? `${times.toFixed(2)}×` : '–'}</td></tr>`;
  return html`<div><h2>By tenths of the prediction <small>${table.name}, the highest first</small></h2><div class="scroll"><table><thead><tr><th>Tenth</th><th class="number">Rows</th><th class="number">Predicted</th><th class="number">Came true</th><th class="number">Lift</th></tr></thead><tbody>${table.tenths.map(row)}</tbody></table></div></div>`;
}

const MOST_BARS = 20;

function gain({ gain: shares }: ModelReport): Markup | undefined {
  const rows = shares
    .slice(0, MOST_BARS)
    .map(({ name, share }) => ({ name, size: share, text: formatPercent(share, 1) }));
  return bars('Importance by gain', 'share of the total, mean over the folds', rows);
}

function permutation({ permutation: losses, permutationMetric }: ModelReport): Markup | undefined {
  const rows = losses.slice(0, MOST_BARS).map(({ name, loss }) => ({ name, size: loss, text: figure(loss) }));
  return bars(
    'Importance by permutation',
    `what ${permutationMetric} loses when a column is shuffled, newest version out of sample`,
    rows,
  );
}

function confusion({ pooled: all }: ModelReport): Markup | undefined {
  const table = all?.confusion;
  if (table === undefined) return undefined;
  const row = (counts: readonly number[], truth: number) =>
    html`<tr><th>${table.names[truth] ?? ''}</th>${counts.map(count => html`<td class="number">${formatNumber(count, 0)}</td>`)}</tr>`;
  return html`<section><h2>Confusion <small>truth down, answer across</small></h2><div class="scroll"><table><thead><tr><th></th>${table.names.map(name => html`<th class="number">${name}</th>`)}</tr></thead><tbody>${table.counts.map(row)}</tbody></table></div></section>`;
}

function folds({ folds: own }: ModelReport): Markup {
  const names = HEADLINE.filter(name => own.some(({ metrics }) => metrics?.[name] != null));
  const row = (fold: FoldReport) => {
    const { trainedAt, activeFrom, version, rows, effectiveRows, baseRates, rounds, refusal, accepted, trials } = fold;
    const end = refusal?.message ?? (accepted === false ? 'not accepted' : (version?.slice(0, 12) ?? ''));
    return html`<tr><td>${dayOf(trainedAt)}</td><td>${activeFrom.slice(0, 16).replace('T', ' ')}</td><td class="number">${formatNumber(rows.train, 0)}</td><td class="number">${effectiveRows === undefined ? '–' : formatNumber(effectiveRows, 0)}</td><td class="number">${formatNumber(rows.valid, 0)}</td><td class="number">${formatNumber(rows.test, 0)}</td><td class="number">${baseRates?.map(rate => rate.toFixed(3)).join(' ') ?? '–'}</td><td class="number">${rounds ?? '–'}</td>${names.map(name => html`<td class="number">${figure(fold.metrics?.[name])}</td>`)}<td>${end}${trials !== undefined && `, ${trials} trials`}</td></tr>`;
  };
  return html`<section class="long"><h2>Fold by fold</h2><div class="scroll"><table><thead><tr><th>Trained at</th><th>Active from</th><th class="number">Rows</th><th class="number">Effective</th><th class="number">Valid</th><th class="number">Judged</th><th class="number">Base rate</th><th class="number">Rounds</th>${names.map(name => html`<th class="number">${titleOf(name)}</th>`)}<th>Version</th></tr></thead><tbody>${own.map(row)}</tbody></table></div></section>`;
}

function dropped({ folds: own }: ModelReport): Markup | undefined {
  const causes = [...new Set(own.flatMap(({ dropped: lost }) => Object.keys(lost)))];
  if (causes.length === 0) return undefined;
  const row = ({ trainedAt, rows, dropped: lost, columnsLeft }: FoldReport) =>
    html`<tr><td>${dayOf(trainedAt)}</td><td class="number">${formatNumber(rows.train, 0)}</td>${causes.map(cause => html`<td class="number">${lost[cause] === undefined ? '' : formatNumber(lost[cause] ?? 0, 0)}</td>`)}<td>${columnsLeft.map(({ name, cause }) => `${name} (${cause})`).join(', ')}</td></tr>`;
  return html`<section class="long"><h2>What was left out <small>rows of each window, by the first cause that took them; columns that left the fold</small></h2><div class="scroll"><table><thead><tr><th>Trained at</th><th class="number">Learned</th>${causes.map(cause => html`<th class="number">${cause}</th>`)}<th>Columns</th></tr></thead><tbody>${own.map(row)}</tbody></table></div></section>`;
}

function drift({ folds: own }: ModelReport): Markup | undefined {
  const names = [...new Set(own.flatMap(({ drift: found }) => found.slice(0, 4).map(({ name }) => name)))].slice(0, 12);
  if (names.length === 0) return undefined;
  const cell = (value: number | undefined) => {
    if (value === undefined || !Number.isFinite(value)) return html`<td class="none"></td>`;
    return html`<td style="--heat:${Math.min(1, value / 0.5).toFixed(2)};--tone:var(--loss)">${value.toFixed(2)}</td>`;
  };
  const row = ({ trainedAt, drift: found }: FoldReport) =>
    html`<tr><th>${dayOf(trainedAt)}</th>${names.map(name => cell(found.find(each => each.name === name)?.index))}</tr>`;
  return html`<section><h2>Drift <small>population stability of the rows a version served against those it learned from; over 0.25 another population</small></h2><div class="scroll"><table class="heat"><thead><tr><th></th>${names.map(name => html`<th>${name}</th>`)}</tr></thead><tbody>${own.map(row)}</tbody></table></div></section>`;
}

function byLot({ model: name }: ModelReport, nulls: TrainOutcome['nulls']): Markup | undefined {
  const own = nulls.find(each => each.model === name);
  if (own === undefined) return undefined;
  const sorted = own.nulls.toSorted((a, b) => a - b);
  return html`<section><h2>By lot</h2><p>${titleOf(own.metric)} <b>${figure(own.real)}</b> on the real candles; ${own.nulls.length} runs of the same pipeline on returns with signs drawn by lot gave ${figure(sorted[0])} to ${figure(sorted.at(-1))}, and ${formatPercent(own.share, 0)} of them, this one counted, are as good or better.</p></section>`;
}

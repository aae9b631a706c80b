/** The parts of the report's page, top to bottom. Each takes what it shows and gives Markup. */
import { formatDay, formatMetric, formatNumber, formatPercent, formatPeriod } from '../format.ts';
import { METRICS, type Metric, type MetricGroup, type Metrics } from '../metrics.ts';
import type { YearRow } from '../monthly.ts';
import type { Assumption, MemberRow, ReportInput } from '../report.ts';
import { MOST_TRADES } from './chart_data.ts';
import { html, type Markup } from './markup.ts';

export function header(input: ReportInput): Markup {
  const { span, symbol, venue, result } = input;
  const end = span.closeTimes.at(-1) ?? span.startMs;
  return html`<header>
<h1>${input.title}</h1>
<p><b>${symbol}</b> on ${venue}, every ${formatPeriod(input.period)} &nbsp;·&nbsp; <span class="whole">${formatDay(span.startMs)}</span> to <span class="whole">${formatDay(end)}</span> (UTC), ${unbroken(formatNumber(result.equity.length, 0))} bars &nbsp;·&nbsp; capital ${unbroken(`${formatNumber(result.capital, 0)} ${result.currency}`)}</p>
${params(input)}
</header>`;
}

/** Kept on one line. */
function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}

function params({ params }: ReportInput): Markup | undefined {
  if (params.length === 0) return undefined;
  const shown = params.map(param => html` <b>${param.name}</b> ${param.value}${param.changed && ' (set)'} &nbsp;`);
  return html`<p>${shown}</p>`;
}

export function banners({ simulated, warnings }: ReportInput): Markup {
  return html`${
    simulated &&
    html`<div class="banner"><b>Simulated market.</b> These candles were made up by Vela's market simulator. They show how a report looks, and say nothing about any market.</div>`
  }${
    warnings.length > 0 &&
    html`<div class="banner"><b>${warnings.length === 1 ? 'One warning' : `${warnings.length} warnings`}</b><ul>${warnings.map(text => html`<li>${text}</li>`)}</ul></div>`
  }`;
}

const HEADLINE: readonly (keyof Metrics)[] = [
  'totalReturn',
  'benchmarkReturn',
  'cagr',
  'sharpe',
  'maxDrawdown',
  'trades',
  'winRate',
  'profitFactor',
];

export function headline(input: ReportInput): Markup {
  const { statistics, result, period } = input;
  const tiles = HEADLINE.map(key => METRICS.find(metric => metric.key === key)).filter(metric => metric !== undefined);
  return html`<dl class="headline">${tiles.map(
    metric =>
      html`<div title="${metric.doc}"><dt>${labelOf(metric, input)}</dt><dd${tone(metric, statistics.metrics)}>${formatMetric(statistics.metrics[metric.key], metric.format, { currency: result.currency, period })}</dd></div>`,
  )}</dl>`;
}

/** A portfolio is measured against its members in equal parts. */
function labelOf({ key, label }: Metric, { members }: ReportInput): string {
  return key === 'benchmarkReturn' && members !== undefined ? 'All in equal parts' : label;
}

/** Only results that are good or bad by their sign are coloured. */
function tone({ key }: Metric, metrics: Metrics): Markup | undefined {
  if (!['totalReturn', 'cagr', 'sharpe', 'profit', 'alpha'].includes(key)) return undefined;
  if (metrics[key] > 0) return html` class="gain"`;
  return metrics[key] < 0 ? html` class="loss"` : undefined;
}

export function chart({ members }: ReportInput, ticksAPoint: number): Markup {
  return html`<section>
<div class="bar" id="ranges"><h2>${members === undefined ? 'Price, trades and equity' : 'Weights and equity'}</h2><span id="marker-note"></span>
<div class="buttons"><button data-range="1w">1 w</button><button data-range="1m">1 m</button><button data-range="3m">3 m</button><button data-range="1y">1 y</button><button data-range="all">all</button></div></div>
<div id="chart"></div>
<noscript><p class="note">The charts and the trade list need scripts; this file loads nothing from anywhere.</p></noscript>
${ticksAPoint > 1 && html`<p class="note">Drawn with ${ticksAPoint} bars to a candle, highs and lows kept. All figures come from every bar.</p>`}
</section>`;
}

const MEMBER_COLUMNS = [
  'Member',
  'Profit',
  'Of capital',
  '',
  'Trades',
  'Held',
  'Turnover',
  'Fees',
  'Slippage',
  'Funding',
];

/** What each member of a portfolio brought, the best first, with a bar to compare them by. */
export function members({ members, result, statistics }: ReportInput): Markup | undefined {
  if (members === undefined) return undefined;
  const hasFunding = statistics.metrics.funding !== 0;
  const heads = MEMBER_COLUMNS.slice(0, hasFunding ? undefined : -1);
  const most = Math.max(1e-9, ...members.map(({ profit }) => Math.abs(profit)));
  const line = (row: MemberRow) => {
    const tone = row.profit > 0 ? html` gain` : row.profit < 0 ? html` loss` : html``;
    const width = ((Math.abs(row.profit) / most) * 100).toFixed(1);
    const side = row.profit >= 0 ? 'gain' : 'loss';
    return html`<tr><td>${row.symbol}</td><td class="number${tone}">${formatNumber(row.profit, 2)}</td><td class="number">${formatPercent(row.profit / result.capital, 1)}</td><td class="share"><i style="width:${width}%;background:var(--${side})"></i></td><td class="number">${formatNumber(row.trades, 0)}</td><td class="number">${formatPercent(row.exposure, 0)}</td><td class="number">${formatNumber(row.turnover, 0)}</td><td class="number">${formatNumber(row.fees, 2)}</td><td class="number">${formatNumber(row.slippage, 2)}</td>${hasFunding && html`<td class="number">${formatNumber(row.funding, 2)}</td>`}</tr>`;
  };
  const sorted = members.toSorted((a, b) => b.profit - a.profit);
  return html`<section><h2>Members <small>profit after all costs, ${result.currency}</small></h2>
<div class="scroll"><table class="members"><thead><tr>${heads.map((name, i) => html`<th${i > 0 && html` class="number"`}>${name}</th>`)}</tr></thead><tbody>${sorted.map(line)}</tbody></table></div></section>`;
}

/** Columns of the figures, each a list of groups. */
const GROUPS: readonly (readonly (readonly [MetricGroup, string])[])[] = [
  [['result', 'Result']],
  [['risk', 'Risk']],
  [['trades', 'Trades']],
  [
    ['costs', 'Costs'],
    ['benchmark', 'Against buy and hold'],
  ],
];

export function figures(input: ReportInput): Markup {
  const { statistics, result, period } = input;
  const { metrics, trials } = statistics;
  const row = (metric: Metric) =>
    html`<div title="${metric.doc}"><dt>${labelOf(metric, input)}</dt><dd${tone(metric, metrics)}>${formatMetric(metrics[metric.key], metric.format, { currency: result.currency, period })}${costShare(metric, metrics)}</dd></div>`;
  const group = ([key, label]: readonly [MetricGroup, string]) =>
    html`<h3>${key === 'benchmark' && input.members !== undefined ? 'Against all in equal parts' : label}</h3><dl>${METRICS.filter(metric => metric.group === key).map(row)}</dl>`;
  return html`<section><h2>Figures</h2><div class="figures">${GROUPS.map(column => html`<div>${column.map(group)}</div>`)}</div>
<p class="note">Yearly figures come from daily closes in UTC, 365 to a year, risk-free rate 0; definitions follow empyrical and quantstats. Deflated Sharpe allows for ${trials === 1 ? 'the one variant that was run' : `${trials} variants`}.</p></section>`;
}

/** The share (or the multiple) that a cost took of the profit before costs. */
function costShare({ key }: Metric, metrics: Metrics): Markup | undefined {
  if (key !== 'fees' && key !== 'slippage' && key !== 'funding') return undefined;
  if (!(metrics.profitBeforeCosts > 0)) return undefined;
  const share = metrics[key] / metrics.profitBeforeCosts;
  return html`<span class="share">${share < 10 ? formatPercent(share, 1) : `${formatNumber(share, 0)}×`}</span>`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function monthly(rows: readonly YearRow[]): Markup {
  const strongest = Math.max(0.01, ...rows.flatMap(row => row.months.map(value => Math.abs(value ?? 0))));
  const cell = (value: number | undefined) => {
    if (value === undefined) return html`<td class="none"></td>`;
    const heat = Math.min(1, Math.sqrt(Math.abs(value) / strongest)).toFixed(2);
    return html`<td style="--heat:${heat};--tone:var(--${value >= 0 ? 'gain' : 'loss'})">${formatNumber(value * 100, 1)}</td>`;
  };
  const line = (row: YearRow) =>
    html`<tr><th>${row.year}</th>${row.months.map(cell)}<td class="total">${formatNumber(row.total * 100, 1)}</td></tr>`;
  return html`<section><h2>Monthly returns, %</h2><div class="scroll"><table class="heat"><thead><tr><th></th>${MONTHS.map(name => html`<th>${name}</th>`)}<th>Year</th></tr></thead><tbody>${rows.map(line)}</tbody></table></div></section>`;
}

const TRADE_COLUMNS = [
  '#',
  'Side',
  'Entry',
  'Price',
  'Exit',
  'Price',
  'Quantity',
  'Profit',
  'Return',
  'Costs',
  'Bars',
  'Reason',
];
const NUMBER_COLUMNS = new Set([3, 5, 6, 7, 8, 9, 10]);

export function trades({ result, members }: ReportInput): Markup {
  const own = TRADE_COLUMNS.map((name, i) => html`<th${NUMBER_COLUMNS.has(i) && html` class="number"`}>${name}</th>`);
  const heads = members === undefined ? own : [...own.slice(0, 1), html`<th>Member</th>`, ...own.slice(1)];
  const capped = result.trades.length > MOST_TRADES;
  return html`<section class="long"><div class="bar"><h2>Trades</h2><span id="trade-page"></span><span id="trade-pager"><button id="trade-back">‹ earlier</button> <button id="trade-on">later ›</button></span></div>
<div class="scroll"><table><thead><tr>${heads}</tr></thead><tbody id="trade-rows"></tbody></table></div>
${result.trades.length === 0 && html`<p class="note">No trade was made.</p>`}
${capped && html`<p class="note">The latest ${formatNumber(MOST_TRADES, 0)} of ${formatNumber(result.trades.length, 0)} trades; <code>vela backtest --trades</code> gives them all. Figures count every one.</p>`}
</section>`;
}

const TOPICS: readonly (readonly [Assumption['topic'], string])[] = [
  ['costs', 'Costs'],
  ['fills', 'Fills'],
  ['market', 'Market'],
  ['account', 'Account and risk'],
  ['data', 'Data'],
];

export function assumptions(all: readonly Assumption[]): Markup {
  const line = ({ label, value, caution }: Assumption) =>
    html`<dt>${label}</dt><dd${caution && html` class="caution"`}>${value}</dd>`;
  const topic = ([key, label]: readonly [Assumption['topic'], string]) => {
    const lines = all.filter(assumption => assumption.topic === key);
    return lines.length > 0 && html`<div><h3>${label}</h3><dl>${lines.map(line)}</dl></div>`;
  };
  return html`<section><h2>What this result assumes</h2><div class="assumptions">${TOPICS.map(topic)}</div></section>`;
}

/** Enough for any strategy that a person wrote; keeps the file under its limit. */
const MOST_SOURCE = 200_000;

export function source({ source }: ReportInput): Markup {
  const cut = source.text.length > MOST_SOURCE;
  const lines = (cut ? source.text.slice(0, MOST_SOURCE) : source.text).replace(/\r?\n$/, '').split(/\r?\n/);
  const line = (text: string) =>
    html`<span${/^\s*#/.test(text) && html` class="comment"`}>${text === '' ? '\u200b' : text}</span>`;
  return html`<section class="long"><h2>The strategy <small>${source.name}</small></h2><pre><code>${lines.map(line)}</code></pre>${cut && html`<p class="note">Cut after ${formatNumber(MOST_SOURCE, 0)} characters.</p>`}</section>`;
}

export function footer({ hashes, version }: ReportInput): Markup {
  return html`<footer><dl><dt>plan</dt><dd>${hashes.plan}</dd><dt>data</dt><dd>${hashes.data}</dd><dt>journal</dt><dd>${hashes.journal}</dd></dl>
Made by Vela ${version}. The same strategy, data and settings give the same journal hash on any machine. Past results, simulated ones above all, do not tell what a market will do.<br>
Charts: TradingView Lightweight Charts™, Copyright © 2025 TradingView, Inc., <a href="https://www.tradingview.com/" rel="noreferrer">tradingview.com</a>, Apache License 2.0.</footer>`;
}

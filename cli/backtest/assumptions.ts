/**
 * What a result assumes beyond the strategy's rules: costs, fills, market facts, capital, and the state of the data.
 * The same list stands under the summary, in the JSON document and in the report.
 */
import type { PlanCap, ValueRef } from '../../compiler/plan.ts';
import type { PortfolioResult } from '../../runtime/portfolio/result.ts';
import { formatInstant, formatLength, formatNumber, formatPercent, formatPeriod } from '../../runtime/report/format.ts';
import type { Assumption } from '../../runtime/report/report.ts';
import { factsFor } from './facts.ts';
import { instrumentOf, type Outcome } from './outcome.ts';

export function assumptionsOf(outcome: Outcome): readonly Assumption[] {
  return [
    ...costs(outcome),
    ...fills(outcome),
    ...market(outcome),
    ...models(outcome),
    ...account(outcome),
    ...data(outcome),
    ...tried(outcome),
  ];
}

type Topic = Assumption['topic'];

function stated(topic: Topic, label: string, value: string): Assumption {
  return { topic, label, value, caution: false };
}

function doubtful(topic: Topic, label: string, value: string): Assumption {
  return { topic, label, value, caution: true };
}

function costs({ plan, fixed, set, result, statistics, span }: Outcome): readonly Assumption[] {
  const { execution } = plan;
  const at = (ref: ValueRef) => (ref.from === 'fixed' ? fixed[ref.index] : undefined);
  const [maker, taker] = [at(execution.maker) ?? 0, at(execution.taker) ?? 0];
  const fee =
    maker === taker ? `${basisPoints(taker)} of each fill` : `maker ${basisPoints(maker)}, taker ${basisPoints(taker)}`;
  const slippage = at(execution.slippage);
  const slip =
    slippage === undefined
      ? "by the strategy's own formula, at each fill"
      : execution.slippageIs === 'ratio'
        ? `${basisPoints(slippage)} of market and stop fills`
        : `${formatNumber(slippage, 4)} ${result.currency} a unit, on market and stop fills`;
  const lines = [
    execution.feeStated ? stated('costs', 'Fees', fee) : doubtful('costs', 'Fees', 'not stated: none are charged'),
    execution.slippageStated
      ? stated('costs', 'Slippage', slip)
      : doubtful('costs', 'Slippage', 'not stated: none is charged'),
  ];
  if (execution.funding === 'data') {
    const paid = formatNumber(statistics.metrics.funding, 2);
    const endMs = span.closeTimes.at(-1) ?? span.startMs;
    const settled = set.members.reduce(
      (sum, { funding }) => sum + (funding?.times.filter(time => time >= span.startMs && time < endMs).length ?? 0),
      0,
    );
    lines.push(stated('costs', 'Funding', `from data, ${settled} settlements; paid ${paid} ${result.currency}`));
  }
  if (execution.funding === 'ignored') lines.push(doubtful('costs', 'Funding', 'ignored, as the strategy says'));
  return lines;
}

function fills(outcome: Outcome): readonly Assumption[] {
  const { plan, result, otherBound, portfolio } = outcome;
  const { execution } = plan;
  const { counts } = result;
  const lines = [
    execution.fill === 'next_open'
      ? stated('fills', 'Market orders', 'fill at the next bar’s open')
      : doubtful('fills', 'Market orders', 'fill at the close that gave the signal, as the strategy says'),
    ...(portfolio === undefined ? restingOrders(outcome) : rebalancing(portfolio)),
  ];
  if (counts.ambiguousFills > 0) {
    const other = otherBound && `; ${otherBound.bothHit} case: ${returnOf(otherBound.result)}`;
    lines.push(
      doubtful(
        'fills',
        'Ambiguous fills',
        `${counts.ambiguousFills}; ${execution.bothHit} case: ${returnOf(result)}${other ?? ''}`,
      ),
    );
  }
  const counted: readonly (readonly [string, number])[] = [
    ['Entries ignored while in a position', counts.signalsIgnored],
    ['Long and short at once, neither taken', counts.conflictingSignals],
    ['Quantities cut to what cash or margin allowed', counts.cuts],
    ['Orders that expired unfilled', counts.expired],
    ['Entries refused by a pause', counts.pausesRefused],
    ['Halts', counts.halts],
    ['State updates that were undefined', counts.stateNaN],
  ];
  for (const [label, count] of counted) if (count > 0) lines.push(stated('fills', label, formatNumber(count, 0)));
  for (const [reason, count] of Object.entries(counts.refusals)) {
    if (count > 0) lines.push(doubtful('fills', `Refused: ${reason}`, formatNumber(count, 0)));
  }
  return lines;
}

function restingOrders({ plan: { execution } }: Outcome): readonly Assumption[] {
  return [
    stated(
      'fills',
      'Limit orders',
      execution.touch === 'fills' ? 'fill when price touches them' : 'fill when price trades through them',
    ),
    stated(
      'fills',
      'Stop and target in one bar',
      execution.bothHit === 'worst' ? 'the worse one first' : 'the better one first',
    ),
  ];
}

function rebalancing({ rebalances, limited }: PortfolioResult): readonly Assumption[] {
  return [
    stated('fills', 'Rebalances', formatNumber(rebalances, 0)),
    stated('fills', 'Order of fills', 'sales before purchases, each by symbol'),
    ...Object.entries(limited).map(([name, count]) =>
      stated('fills', `Rebalances cut by cap ${name}`, formatNumber(count, 0)),
    ),
  ];
}

/** How much was tried before this, which the deflated Sharpe ratio allows for. */
function tried({ trials }: Outcome): readonly Assumption[] {
  if (trials === undefined || trials.trials === 1) return [];
  const count = `${formatNumber(trials.trials, 0)} configurations, worth ${formatNumber(trials.effective, 1)} independent ones`;
  return [stated('data', 'Tried on this span', `${count}, the first on ${trials.since.slice(0, 10)}`)];
}

/** Which versions answered, and whether other machines would hear the same. */
function models({ models: used }: Outcome): readonly Assumption[] {
  return (used?.models ?? []).map(({ model, versions, promise, predictor, promoted }) => {
    const first = versions[0]?.activeFrom.slice(0, 10);
    const count = `${versions.length} version${versions.length === 1 ? '' : 's'}`;
    const known =
      first === '' ? `${count}, unproven: it may have seen these bars` : `${count}, the first from ${first} on`;
    const since = versions.length === 0 ? 'no version: absent throughout' : known;
    const text = `${since}${promoted ? ', one of them promoted' : ''}${promise === 'exact' ? '' : `; approximate, by ${predictor}`}`;
    const isSure = promise === 'exact' && versions.length > 0 && first !== '';
    return isSure ? stated('market', `Model ${model}`, text) : doubtful('market', `Model ${model}`, text);
  });
}

function market(outcome: Outcome): readonly Assumption[] {
  const { plan, facts: table, fixed, set, traded } = outcome;
  const facts = traded === undefined ? table.common : factsFor(table, traded.symbol);
  const steps = [
    facts.tick === undefined ? 'prices not rounded' : `price step ${facts.tick}`,
    facts.lot === undefined ? 'quantities not rounded' : `quantity step ${facts.lot}`,
    facts.minNotional === undefined ? 'no minimum order' : `at least ${facts.minNotional} an order`,
  ].join(', ');
  const byDefault = facts.source.startsWith('default');
  const lines = [
    byDefault ? doubtful('market', 'Steps', steps) : stated('market', 'Steps', steps),
    stated('market', 'Facts from', facts.source),
  ];
  const own = Object.keys(table.bySymbol).length;
  if (traded === undefined && own > 0) lines.push(stated('market', 'Instruments with facts of their own', `${own}`));
  if (plan.instruments.some(({ market: kind }) => kind === 'linear')) {
    const { leverage } = plan.execution;
    const times = leverage.from === 'fixed' ? (fixed[leverage.index] ?? 1) : 1;
    lines.push(
      stated('market', 'Leverage', `${formatNumber(times, times % 1 === 0 ? 0 : 1)}×, ${plan.execution.margin} margin`),
      stated('market', 'Maintenance margin', formatPercent(facts.maintenance)),
      set.members.every(({ mark }) => mark === undefined)
        ? doubtful('market', 'Marked at', 'the last traded price: no mark prices were given')
        : stated('market', 'Marked at', 'the mark price'),
    );
  }
  return lines;
}

function account({ result, capitalSource, plan, fixed }: Outcome): readonly Assumption[] {
  const limit = (cap: PlanCap) => {
    const value = cap.limit.from === 'fixed' ? (fixed[cap.limit.index] ?? Number.NaN) : Number.NaN;
    const size = cap.name === 'leverage' ? `${formatNumber(value, 1)}×` : formatPercent(value, 1);
    return stated('account', `Cap ${cap.name.replaceAll('_', ' ')}`, `${size}, else ${cap.action.kind}`);
  };
  return [
    stated('account', 'Capital', `${formatNumber(result.capital, 2)} ${result.currency} (${capitalSource})`),
    ...plan.caps.map(limit),
    ...plan.pauses.map(pause => stated('account', 'Pause when', pause.text)),
  ];
}

function data(outcome: Outcome): readonly Assumption[] {
  const { set, simulated, maxGapMs, plan, result } = outcome;
  const { quality } = set;
  const lines: Assumption[] = [];
  if (set.members.length > 1) lines.push(...instrumentLines(outcome));
  if (simulated) lines.push(doubtful('data', 'Candles', 'simulated: they say nothing about any market'));
  else
    lines.push(
      stated(
        'data',
        'Candles',
        `${formatNumber(quality.rows, 0)} bars of ${formatPeriod({ kind: 'fixed', ms: quality.periodMs, anchorMs: 0 })}`,
      ),
    );
  lines.push(firstOrder(outcome));
  if (quality.missingBars > 0) lines.push(doubtful('data', 'Missing bars', formatNumber(quality.missingBars, 0)));
  if (quality.longestGap !== undefined) {
    const { fromMs, toMs } = quality.longestGap;
    lines.push(
      doubtful(
        'data',
        'Longest hole',
        `${formatInstant(fromMs)} to ${formatInstant(toMs)} UTC, ${formatLength(toMs - fromMs)}`,
      ),
    );
  }
  if (result.counts.heldBars > 0) {
    const what = isAbsent(plan) ? 'absent' : 'held at the last close, nothing trades on them';
    lines.push(doubtful('data', 'Held bars', `${formatNumber(result.counts.heldBars, 0)}, ${what}`));
  }
  if (result.counts.missedOnHeld > 0)
    lines.push(doubtful('data', 'Signals missed on held bars', formatNumber(result.counts.missedOnHeld, 0)));
  if (maxGapMs !== undefined)
    lines.push(doubtful('data', 'Largest hole allowed', `${formatLength(maxGapMs)}, as --max-gap says`));
  const counted: readonly (readonly [string, number])[] = [
    ['Coarser bars built from too few', quality.thinBars],
    ['Stamps given twice', quality.duplicates],
    ['Bars merged off the grid', quality.merged],
    ['High, low and close at odds', quality.ohlcViolations],
    ['Bars without volume', quality.zeroVolume],
  ];
  for (const [label, count] of counted) if (count > 0) lines.push(doubtful('data', label, formatNumber(count, 0)));
  return lines;
}

function instrumentLines({ set, plan, portfolio }: Outcome): readonly Assumption[] {
  const listed = plan.universes.map(({ name, members }) => `\`${name}\`, ${members.length} members`);
  return [
    stated('data', 'Instruments', `${set.members.length} on one calendar`),
    // A list that is written today knows who is still there.
    ...(portfolio === undefined || listed.length === 0
      ? []
      : [doubtful('data', 'Universe', `${listed.join('; ')}: listed by hand, so that who was left out is not seen`)]),
  ];
}

/**
 * When warm-up ends is known. Where absent bars lie in a window that wants all of its bars, that has no value and an order
 * has to wait longer, for how long depends on the window.
 */
function firstOrder({ firstOrderMs, plan, result }: Outcome): Assumption {
  const label = 'First order possible';
  if (firstOrderMs === undefined)
    return doubtful('data', label, 'never on these bars: warm-up or training is longer than they are');
  const instant = `${formatInstant(firstOrderMs)} UTC`;
  const waits = isAbsent(plan) && result.counts.heldBars > 0;
  return waits
    ? doubtful('data', label, `not before ${instant}: absent bars delay it`)
    : stated('data', label, instant);
}

function isAbsent(plan: Outcome['plan']): boolean {
  return (instrumentOf(plan) ?? plan.instruments[0])?.gaps === 'absent';
}

function basisPoints(ratio: number): string {
  return `${Number((ratio * 10_000).toPrecision(6))} bp`;
}

function returnOf(result: Outcome['result']): string {
  return formatPercent((result.equity.at(-1) ?? result.capital) / result.capital - 1);
}

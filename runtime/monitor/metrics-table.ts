/**
 * The metrics of a run: what the endpoint gives, what alert rules are written over, and what docs/metrics.md lists are this
 * table. Each is read off the run's status; nothing is measured here.
 */
import type { DegradedCode, ModelStatus, Quantiles, RunCounts, RunStatus, TailRisk } from '../live/status.ts';

/** Fractions, seconds, bytes, amounts of the run's currency or of an instrument, or plain numbers of things. */
export type MetricUnit = 'ratio' | 'seconds' | 'bytes' | 'money' | 'quantity' | 'count' | 'flag' | 'plain';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Metric {
  /** In alert rules. */
  readonly name: string;
  /** By the conventions of Prometheus: base units, `_total` for what only grows. */
  readonly exported: string;
  readonly type: 'gauge' | 'counter';
  readonly unit: MetricUnit;
  readonly labels: readonly string[];
  readonly doc: string;
  /** No samples: unknown now. */
  readonly read: (status: RunStatus) => readonly Sample[];
}

type Head = Pick<Metric, 'name' | 'exported' | 'unit' | 'doc'>;

const plain = (value: number | null | undefined): readonly Sample[] =>
  value === null || value === undefined || !Number.isFinite(value) ? [] : [{ labels: {}, value }];

function gauge(
  name: string,
  exported: string,
  unit: MetricUnit,
  doc: string,
  read: (status: RunStatus) => number | null,
): Metric {
  return { name, exported, type: 'gauge', unit, labels: [], doc, read: status => plain(read(status)) };
}

function labelled(head: Head, labels: readonly string[], read: (status: RunStatus) => readonly Sample[]): Metric {
  const finite = (status: RunStatus) => read(status).filter(({ value }) => Number.isFinite(value));
  return { ...head, type: 'gauge', labels, read: finite };
}

function counter(name: string, exported: string, doc: string, read: (status: RunStatus) => number): Metric {
  return { name, exported, type: 'counter', unit: 'count', labels: [], doc, read: status => plain(read(status)) };
}

function counted(key: keyof RunCounts, name: string, exported: string, doc: string): Metric {
  return counter(name, exported, `${doc}, since the process began`, ({ counts }) => counts[key]);
}

/** One sample for each instrument that has the value. */
function ofInstruments(
  head: Head,
  read: (instrument: RunStatus['instruments'][number], status: RunStatus) => number | null,
) {
  return labelled(head, ['instrument'], status =>
    status.instruments.flatMap(instrument => {
      const value = read(instrument, status);
      return value === null ? [] : [{ labels: { instrument: instrument.symbol }, value }];
    }),
  );
}

const MS = 1000;

function ofQuantiles({ p50, p99 }: Quantiles, scale: number, labels: Sample['labels'] = {}): readonly Sample[] {
  return [
    ...plain(p50).map(({ value }) => ({ labels: { ...labels, quantile: '0.5' }, value: value / scale })),
    ...plain(p99).map(({ value }) => ({ labels: { ...labels, quantile: '0.99' }, value: value / scale })),
  ];
}

function ofModels(head: Head, read: (model: ModelStatus) => number | null): Metric {
  return labelled(head, ['model'], ({ models }) =>
    models.flatMap(model => plain(read(model)).map(({ value }) => ({ labels: { model: model.name }, value }))),
  );
}

/** `own`: from what equity did. `held`: what is held now through the moves of the latest bars. */
function ofTails(head: Head, at95: (tail: TailRisk) => number, at99: (tail: TailRisk) => number): Metric {
  return labelled(head, ['basis', 'level'], ({ risk }) =>
    (['own', 'held'] as const).flatMap(basis => {
      const tail = risk[basis];
      if (tail === null) return [];
      return [
        { labels: { basis, level: '0.95' }, value: at95(tail) },
        { labels: { basis, level: '0.99' }, value: at99(tail) },
      ];
    }),
  );
}

const share = (part: number, whole: number) => (whole === 0 ? Number.NaN : part / whole);

const STATES: readonly RunStatus['state'][] = ['starting', 'running', 'stopped', 'ended', 'failed'];
export const DEGRADED_CODES: readonly DegradedCode[] = [
  'blind',
  'disconnected',
  'stale',
  'clock',
  'unknown order',
  'unprotected',
  'foreign',
  'not trading',
  'disk',
  'model',
  'claimed twice',
];

export interface MetricGroup {
  readonly title: string;
  readonly metrics: readonly Metric[];
}

export const METRIC_GROUPS: readonly MetricGroup[] = [
  {
    title: 'The run',
    metrics: [
      labelled(
        { name: 'run_info', exported: 'vela_run_info', unit: 'plain', doc: 'always 1; its labels say which run it is' },
        ['strategy', 'mode', 'venue', 'account', 'currency'],
        ({ strategy, mode, venue, account, currency }) => [
          { labels: { strategy, mode, venue, account, currency }, value: 1 },
        ],
      ),
      labelled(
        {
          name: 'state',
          exported: 'vela_run_state',
          unit: 'flag',
          doc: 'which state the run is in: 1 for that one, 0 for the others',
        },
        ['state'],
        status => STATES.map(state => ({ labels: { state }, value: Number(status.state === state) })),
      ),
      labelled(
        {
          name: 'degraded',
          exported: 'vela_degraded',
          unit: 'count',
          doc: 'what keeps the run from doing all that it should, by kind; 0: nothing of the kind',
        },
        ['kind'],
        ({ degraded }) =>
          DEGRADED_CODES.map(kind => ({
            labels: { kind },
            value: degraded.filter(({ code }) => code === kind).length,
          })),
      ),
      gauge(
        'start_time',
        'vela_start_time_seconds',
        'seconds',
        'when the process began, seconds since 1970',
        ({ startedMs }) => startedMs / MS,
      ),
      gauge(
        'heartbeat',
        'vela_heartbeat_timestamp_seconds',
        'seconds',
        'when the run last said how it is, seconds since 1970',
        ({ heartbeatMs }) => heartbeatMs / MS,
      ),
      counter('bars', 'vela_bars_total', 'bars consumed, those of the warm-up included', ({ bars }) => bars),
    ],
  },
  {
    title: 'Money, in the currency of the run',
    metrics: [
      gauge('capital', 'vela_capital', 'money', 'what the run began with', ({ capital }) => capital),
      gauge(
        'equity',
        'vela_equity',
        'money',
        'balance and open profit, marked at the last price',
        ({ equity }) => equity,
      ),
      gauge('peak_equity', 'vela_peak_equity', 'money', 'highest equity so far', ({ peakEquity }) => peakEquity),
      gauge('profit', 'vela_profit', 'money', 'equity less capital', ({ equity, capital }) => equity - capital),
      gauge(
        'return',
        'vela_return_ratio',
        'ratio',
        'profit over capital',
        ({ equity, capital }) => equity / capital - 1,
      ),
      gauge(
        'day_profit',
        'vela_day_profit',
        'money',
        'equity less what it was at the start of the UTC day',
        ({ equity, dayStartEquity }) => equity - dayStartEquity,
      ),
      gauge(
        'day_return',
        'vela_day_return_ratio',
        'ratio',
        'profit of the UTC day over equity at its start',
        ({ equity, dayStartEquity }) => equity / dayStartEquity - 1,
      ),
      gauge(
        'drawdown',
        'vela_drawdown_ratio',
        'ratio',
        'how far equity is below its peak, as a share of the peak',
        ({ equity, peakEquity }) => Math.max(0, 1 - equity / peakEquity),
      ),
      gauge('fees', 'vela_fees', 'money', 'fees paid; negative where rebates were more', ({ fees }) => fees),
      gauge(
        'funding',
        'vela_funding',
        'money',
        'funding received; negative where it was paid',
        ({ funding }) => funding,
      ),
      counter('trades', 'vela_trades_total', 'trades that are over', ({ trades }) => trades),
      counter('fills', 'vela_fills_total', 'fills', ({ fills }) => fills),
    ],
  },
  {
    title: 'Risk, as shares of equity',
    metrics: [
      gauge(
        'exposure',
        'vela_gross_exposure_ratio',
        'ratio',
        'sum of the values of all positions',
        ({ risk }) => risk.grossExposure,
      ),
      gauge(
        'net_exposure',
        'vela_net_exposure_ratio',
        'ratio',
        'values of long positions less those of short ones',
        ({ risk }) => risk.netExposure,
      ),
      ofTails(
        {
          name: 'value_at_risk',
          exported: 'vela_value_at_risk_ratio',
          unit: 'ratio',
          doc: 'historical value at risk of one bar: the loss that 1 − level of the latest 500 bars exceeded; `own` is of what equity did, `held` of what is held now through the price moves of those bars',
        },
        tail => tail.valueAtRisk95,
        tail => tail.valueAtRisk99,
      ),
      ofTails(
        {
          name: 'expected_shortfall',
          exported: 'vela_expected_shortfall_ratio',
          unit: 'ratio',
          doc: 'mean loss of the bars at or beyond the value at risk',
        },
        tail => tail.expectedShortfall95,
        tail => tail.expectedShortfall99,
      ),
      labelled(
        {
          name: 'correlation',
          exported: 'vela_correlation',
          unit: 'plain',
          doc: 'of the bar returns of two instruments among the 20 largest positions, over the latest 500 bars',
        },
        ['instrument', 'with'],
        ({ risk }) => risk.correlations.map(({ a, b, value }) => ({ labels: { instrument: a, with: b }, value })),
      ),
      labelled(
        {
          name: 'limit_used',
          exported: 'vela_limit_used_ratio',
          unit: 'ratio',
          doc: 'where the account stands against a limit: 1 is where the limit acts',
        },
        ['limit'],
        ({ limits }) =>
          limits.map(({ name, value, bound }) => ({ labels: { limit: name }, value: share(value, bound) })),
      ),
      labelled(
        { name: 'limit_halted', exported: 'vela_limit_halted', unit: 'flag', doc: '1 while a limit halts entries' },
        ['limit'],
        ({ limits }) => limits.map(({ name, isHalted }) => ({ labels: { limit: name }, value: Number(isHalted) })),
      ),
    ],
  },
  {
    title: 'Instruments',
    metrics: [
      ofInstruments({ name: 'price', exported: 'vela_price', unit: 'plain', doc: 'last close' }, ({ price }) => price),
      ofInstruments(
        { name: 'position', exported: 'vela_position', unit: 'quantity', doc: 'signed quantity held; 0 is flat' },
        ({ position }) => position,
      ),
      ofInstruments(
        { name: 'unrealised', exported: 'vela_unrealised_profit', unit: 'money', doc: 'open profit of the position' },
        ({ unrealised }) => unrealised,
      ),
      ofInstruments(
        {
          name: 'stop_distance',
          exported: 'vela_stop_distance_ratio',
          unit: 'ratio',
          doc: 'from the price to the stop of the position, as a share of the price',
        },
        ({ price, stop }) => (price === null || stop === null ? null : Math.abs(price - stop) / price),
      ),
      ofInstruments(
        {
          name: 'foreign',
          exported: 'vela_foreign_position',
          unit: 'quantity',
          doc: "quantity at the venue that is not the run's",
        },
        ({ foreign }) => foreign,
      ),
      ofInstruments(
        { name: 'halted', exported: 'vela_instrument_halted', unit: 'flag', doc: '1 while entries are halted' },
        ({ halted }) => Number(halted !== undefined),
      ),
      ofInstruments(
        { name: 'stale', exported: 'vela_instrument_stale', unit: 'flag', doc: '1 while a bar is overdue' },
        ({ isStale }) => Number(isStale),
      ),
      ofInstruments(
        {
          name: 'bar_lateness',
          exported: 'vela_bar_lateness_seconds',
          unit: 'seconds',
          doc: 'from the close of the last bar until it was known here',
        },
        ({ latenessMs }) => (latenessMs === null ? null : latenessMs / MS),
      ),
    ],
  },
  {
    title: 'Orders',
    metrics: [
      labelled(
        {
          name: 'orders',
          exported: 'vela_orders',
          unit: 'count',
          doc: 'orders that are open, by their state: sent, working, leaving, unknown',
        },
        ['state'],
        ({ orders }) =>
          ['sent', 'working', 'leaving', 'unknown'].map(state => ({
            labels: { state },
            value: orders.filter(({ status }) => status === state).length,
          })),
      ),
      counted('placed', 'placed', 'vela_orders_placed_total', 'orders that the venue took'),
      counted('rejected', 'rejects', 'vela_orders_rejected_total', 'orders that the venue refused'),
      counted(
        'cancelled',
        'cancels',
        'vela_orders_cancelled_total',
        'orders that ended unfilled, cancelled or expired',
      ),
      counted('unknown', 'unknown_orders', 'vela_orders_unknown_total', 'placements whose outcome had to be found out'),
      gauge(
        'slippage',
        'vela_slippage',
        'money',
        'what fills cost beyond what was expected when they were decided (the price of a limit or stop, the last close for a market order), since the process began; negative where they were better',
        ({ slippage }) => slippage.money,
      ),
      labelled(
        {
          name: 'fill_slippage',
          exported: 'vela_fill_slippage_ratio',
          unit: 'ratio',
          doc: 'the same of the latest 1000 fills, as a share of the expected price',
        },
        ['quantile'],
        ({ slippage }) => ofQuantiles(slippage.bps, 10_000),
      ),
      labelled(
        {
          name: 'order_latency',
          exported: 'vela_order_latency_seconds',
          unit: 'seconds',
          doc: 'from the close of a bar (known here) to the call that sends the order, the latest 10 000 orders',
        },
        ['quantile'],
        ({ orderLatencyMs }) => ofQuantiles(orderLatencyMs, MS),
      ),
    ],
  },
  {
    title: 'Data, venue and errors',
    metrics: [
      counted('lateBars', 'late_bars', 'vela_bars_late_total', 'bars that came too late to decide anything on'),
      counted('missingBars', 'gaps', 'vela_bars_missing_total', 'bars that never came'),
      counted(
        'revisedBars',
        'revised_bars',
        'vela_bars_revised_total',
        'bars that the venue changed after they were used',
      ),
      counted('reconnects', 'reconnects', 'vela_reconnects_total', 'connections to the venue that had to be made anew'),
      counted('reconciliations', 'reconciliations', 'vela_reconciliations_total', 'comparisons with the venue'),
      counted('repairs', 'repairs', 'vela_repairs_total', 'differences to the venue that were repaired'),
      counted('errors', 'errors', 'vela_errors_total', 'calls that failed'),
    ],
  },
  {
    title: 'Models',
    metrics: [
      labelled(
        {
          name: 'model_latency',
          exported: 'vela_model_latency_seconds',
          unit: 'seconds',
          doc: 'time that an answer takes',
        },
        ['model', 'quantile'],
        ({ models }) => models.flatMap(({ name, latencyMs }) => ofQuantiles(latencyMs, MS, { model: name })),
      ),
      ofModels(
        {
          name: 'model_drift',
          exported: 'vela_model_drift',
          unit: 'plain',
          doc: 'largest population stability index among the inputs of a model; over 0.25 they are others than in training',
        },
        ({ drift }) => drift,
      ),
      {
        ...ofModels(
          {
            name: 'model_failures',
            exported: 'vela_model_failures_total',
            unit: 'count',
            doc: 'answers that did not come',
          },
          ({ failures }) => failures,
        ),
        type: 'counter',
      },
    ],
  },
  {
    title: 'The process',
    metrics: [
      gauge('cpu', 'vela_process_cpu_ratio', 'ratio', 'of one core, over the last second', ({ system }) => system.cpu),
      gauge(
        'memory',
        'vela_process_resident_memory_bytes',
        'bytes',
        'memory of the process',
        ({ system }) => system.rssBytes,
      ),
      gauge(
        'free_disk',
        'vela_disk_free_bytes',
        'bytes',
        'room on the disk of the state folder',
        ({ system }) => system.freeDiskBytes,
      ),
      labelled(
        {
          name: 'event_loop_lag',
          exported: 'vela_event_loop_lag_seconds',
          unit: 'seconds',
          doc: 'how late the process gets to what is due, over the last second',
        },
        ['quantile'],
        ({ system }) => ofQuantiles(system.eventLoopMs, MS),
      ),
    ],
  },
];

export const METRICS: readonly Metric[] = METRIC_GROUPS.flatMap(({ metrics }) => metrics);

/**
 * `status.json` as it was found. It may be of another version, or hold half of what the type says: what is missing is
 * filled, so that the screen can show the rest, and a figure that JSON could not hold (`null`) is no number again.
 */
import {
  type Degraded,
  type InstrumentStatus,
  type LimitStatus,
  type ModelStatus,
  NOTHING_COUNTED,
  type OrderStatus,
  type Quantiles,
  type RiskStatus,
  type RunStatus,
  type SignalStatus,
  type SlippageStatus,
  type SystemStatus,
  type TailRisk,
} from '../../../runtime/live/status.ts';

/** Kinds of value. `count`: 0 where there is none; `figure`: null where there is none; `maybe`: left out. */
type Shape =
  | 'number'
  | 'count'
  | 'figure'
  | 'text'
  | 'maybe text'
  | 'flag'
  | { readonly list: Shape }
  | { readonly byName: Shape }
  | { readonly maybe: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> };

/** Names every field of a type, so that a new one cannot be forgotten here. */
function fields<T>(shapes: Readonly<Record<keyof T & string, Shape>>): Shape {
  return { fields: shapes };
}

const QUANTILES = fields<Quantiles>({ count: 'count', p50: 'figure', p99: 'figure' });
const TAIL: Shape = {
  maybe: fields<TailRisk>({
    bars: 'number',
    valueAtRisk95: 'number',
    expectedShortfall95: 'number',
    valueAtRisk99: 'number',
    expectedShortfall99: 'number',
  }),
};

const STATUS = fields<RunStatus>({
  pid: 'number',
  strategy: 'text',
  mode: 'text',
  venue: 'text',
  account: 'text',
  state: 'text',
  why: 'maybe text',
  degraded: { list: fields<Degraded>({ code: 'text', sinceMs: 'number', symbol: 'maybe text', text: 'text' }) },
  startedMs: 'number',
  heartbeatMs: 'number',
  bars: 'number',
  lastBarMs: 'figure',
  currency: 'text',
  capital: 'number',
  equity: 'number',
  peakEquity: 'number',
  dayStartEquity: 'number',
  equityCurve: { list: 'number' },
  fees: 'number',
  funding: 'number',
  trades: 'number',
  fills: 'number',
  slippage: fields<SlippageStatus>({ money: 'number', bps: QUANTILES }),
  risk: fields<RiskStatus>({
    grossExposure: 'number',
    netExposure: 'number',
    own: TAIL,
    held: TAIL,
    correlations: { list: { fields: { a: 'text', b: 'text', value: 'number' } } },
  }),
  instruments: {
    list: fields<InstrumentStatus>({
      symbol: 'text',
      price: 'figure',
      lastBarMs: 'figure',
      latenessMs: 'figure',
      isStale: 'flag',
      position: 'number',
      entry: 'figure',
      unrealised: 'number',
      stop: 'figure',
      targets: { list: 'number' },
      foreign: 'count',
      halted: 'maybe text',
    }),
  },
  orders: {
    list: fields<OrderStatus>({
      id: 'number',
      symbol: 'text',
      role: 'text',
      type: 'text',
      side: 'text',
      price: 'figure',
      quantity: 'number',
      status: 'text',
      clientId: 'text',
    }),
  },
  signals: {
    list: fields<SignalStatus>({ symbol: 'text', rule: 'text', timeMs: 'number', values: { byName: 'number' } }),
  },
  limits: { list: fields<LimitStatus>({ name: 'text', value: 'number', bound: 'number', isHalted: 'flag' }) },
  models: {
    list: fields<ModelStatus>({
      name: 'text',
      version: 'text',
      activeFromMs: 'figure',
      latencyMs: QUANTILES,
      failures: 'count',
      drift: 'figure',
      training: 'maybe text',
    }),
  },
  counts: { fields: Object.fromEntries(Object.keys(NOTHING_COUNTED).map(name => [name, 'count'])) },
  orderLatencyMs: QUANTILES,
  system: fields<SystemStatus>({ rssBytes: 'number', cpu: 'number', eventLoopMs: QUANTILES, freeDiskBytes: 'figure' }),
});

/** Undefined when it is no status at all. */
export function statusFrom(text: string): RunStatus | undefined {
  const found = parsed(text);
  if (!isRecord(found) || typeof found.pid !== 'number') return undefined;
  // The shape names every field, and `filled` gives each its kind.
  return filled(found, STATUS) as RunStatus;
}

function filled(value: unknown, shape: Shape): unknown {
  switch (shape) {
    case 'number':
      return typeof value === 'number' ? value : Number.NaN;
    case 'count':
      return typeof value === 'number' ? value : 0;
    case 'figure':
      return typeof value === 'number' ? value : null;
    case 'text':
      return typeof value === 'string' ? value : '';
    case 'maybe text':
      return typeof value === 'string' ? value : undefined;
    case 'flag':
      return value === true;
    default:
      return filledIn(value, shape);
  }
}

function filledIn(value: unknown, shape: Exclude<Shape, string>): unknown {
  if ('list' in shape) {
    const list: readonly unknown[] = Array.isArray(value) ? value : [];
    const isOfRecords = typeof shape.list === 'object';
    return list.filter(one => !isOfRecords || isRecord(one)).map(one => filled(one, shape.list));
  }
  if ('maybe' in shape) return isRecord(value) ? filled(value, shape.maybe) : null;
  const record = isRecord(value) ? value : {};
  if ('byName' in shape)
    return Object.fromEntries(Object.entries(record).map(([name, one]) => [name, filled(one, shape.byName)]));
  const entries = Object.entries(shape.fields).map(([name, one]) => [name, filled(record[name], one)] as const);
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The streams a strategy can read without declaring them: a closed table.
 *
 * Venue streams come from data. Engine streams show, at tick t, the account after all fills up to t and before anything
 * decided at t; they carry the taint `account`. `changes` says when a value can move: `fill` only when the account acts
 * (the value is constant between), `tick` at every tick. The engine lays its streams out in the order of this table.
 */
export type StreamUnit = 'price' | 'money' | 'qty' | 'ratio' | 'bars' | 'duration' | 'plain';

export interface EngineStream {
  /** As written: `position`, `closed.profit`. */
  readonly field: string;
  readonly scope: 'instrument' | 'account';
  readonly base: 'num' | 'bool' | 'category';
  readonly categories?: readonly string[];
  readonly unit: StreamUnit;
  /** Absent at times: while flat, or unless the event happened. */
  readonly optional: boolean;
  readonly changes: 'fill' | 'tick';
  /** An event is true (or present) at the one tick that closes the bar in which it happened. */
  readonly event: boolean;
  readonly doc: string;
}

const value = (
  field: string,
  unit: StreamUnit,
  changes: 'fill' | 'tick',
  optional: boolean,
  doc: string,
  scope: 'instrument' | 'account' = 'instrument',
): EngineStream => ({ field, scope, base: 'num', unit, optional, changes, event: false, doc });
const event = (field: string, doc: string): EngineStream => ({
  field,
  scope: 'instrument',
  base: 'bool',
  unit: 'plain',
  optional: false,
  changes: 'fill',
  event: true,
  doc,
});
const detail = (field: string, unit: StreamUnit, doc: string): EngineStream => ({
  ...value(field, unit, 'fill', true, doc),
  event: true,
});
const flag = (field: string, doc: string): EngineStream => ({ ...event(field, doc), event: false });

export const ENGINE_STREAMS: readonly EngineStream[] = [
  value('position', 'qty', 'fill', false, 'Signed quantity held: positive long, negative short, 0 flat.'),
  {
    ...value('side', 'plain', 'fill', false, 'Which way the position is: `side is long`.'),
    base: 'category',
    categories: ['flat', 'long', 'short'],
  },
  value('entry', 'price', 'fill', true, 'Average fill price of the open position; absent while flat.'),
  value('first_entry', 'price', 'fill', true, 'Fill price of the entry that opened the position; absent while flat.'),
  value('last_entry', 'price', 'fill', true, 'Fill price of the latest entry or add; absent while flat.'),
  value('entries', 'plain', 'fill', false, 'Fills that built the open position: 1 after the entry, 2 after an add.'),
  value(
    'bars_held',
    'bars',
    'tick',
    true,
    'Bars since the position opened, 1 at the close of its first bar; absent while flat.',
  ),
  value(
    'held',
    'duration',
    'tick',
    true,
    'Time since the open of the bar in which the position opened, to this close.',
  ),
  value(
    'best',
    'price',
    'tick',
    true,
    'Most favourable price since the entry (highest for a long); absent while flat.',
  ),
  value('worst', 'price', 'tick', true, 'Least favourable price since the entry; absent while flat.'),
  value('profit', 'ratio', 'tick', true, 'Open profit after fees so far, over the entry notional; absent while flat.'),
  flag('pending', 'An entry order is waiting to fill.'),
  flag('idle', 'Flat, with no entry order waiting.'),
  value('equity', 'money', 'tick', false, 'Capital plus realised and open profit, funding and fees.', 'account'),
  value('cash', 'money', 'tick', false, 'Money not bound in a position or as margin.', 'account'),
  value('exposure', 'ratio', 'tick', false, 'Gross notional over equity.', 'account'),
  value('drawdown', 'ratio', 'tick', false, 'Distance of equity below its peak, as a ratio of the peak.', 'account'),
  event('started', 'The first tradable tick.'),
  event('opened', 'A position was opened in this bar.'),
  event('filled', 'Any order filled in this bar.'),
  event('closed', 'The position was closed in this bar.'),
  event('stopped_out', 'The position was closed by its stop or trail in this bar.'),
  event('target_hit', 'A target filled in this bar.'),
  event('timed_out', 'The position was closed by `hold` in this bar.'),
  event('liquidated', 'The venue liquidated the position in this bar.'),
  event('refused', 'An order was refused at the previous tick or in this bar.'),
  detail('closed.profit', 'ratio', 'Profit of the trade closed in this bar, after costs, over its entry notional.'),
  detail('closed.pnl', 'money', 'Profit of all that was closed in this bar, after costs.'),
  detail('closed.bars', 'bars', 'Bars the trade closed in this bar was held.'),
];

export interface VenueStream {
  readonly field: string;
  readonly unit: StreamUnit;
  readonly optional: boolean;
  /** Comes from `--data`, `--mark`, `--funding`, or cannot be had from files yet. */
  readonly source: 'bars' | 'mark' | 'funding' | 'later';
  readonly doc: string;
}

export const VENUE_STREAMS: readonly VenueStream[] = [
  { field: 'open', unit: 'price', optional: false, source: 'bars', doc: 'First price of the bar.' },
  { field: 'high', unit: 'price', optional: false, source: 'bars', doc: 'Highest price of the bar.' },
  { field: 'low', unit: 'price', optional: false, source: 'bars', doc: 'Lowest price of the bar.' },
  { field: 'close', unit: 'price', optional: false, source: 'bars', doc: 'Last price of the bar.' },
  { field: 'volume', unit: 'qty', optional: false, source: 'bars', doc: 'Base quantity traded in the bar.' },
  { field: 'mark', unit: 'price', optional: false, source: 'mark', doc: 'Mark price at the close of the bar.' },
  {
    field: 'funding',
    unit: 'ratio',
    optional: true,
    source: 'funding',
    doc: 'Rate paid in this bar; absent in others.',
  },
  { field: 'predicted_funding', unit: 'ratio', optional: true, source: 'later', doc: 'Rate expected next.' },
  { field: 'index', unit: 'price', optional: true, source: 'later', doc: 'Index price.' },
  { field: 'open_interest', unit: 'qty', optional: true, source: 'later', doc: 'Open contracts, in the base asset.' },
  { field: 'bid', unit: 'price', optional: true, source: 'later', doc: 'Best bid at the close.' },
  { field: 'ask', unit: 'price', optional: true, source: 'later', doc: 'Best ask at the close.' },
  { field: 'bid_size', unit: 'qty', optional: true, source: 'later', doc: 'Quantity at the best bid.' },
  { field: 'ask_size', unit: 'qty', optional: true, source: 'later', doc: 'Quantity at the best ask.' },
  { field: 'buy_volume', unit: 'qty', optional: true, source: 'later', doc: 'Base quantity bought by takers.' },
  { field: 'quote_volume', unit: 'money', optional: true, source: 'later', doc: 'Money traded in the bar.' },
];

export interface MetaStream {
  readonly field: string;
  readonly unit: StreamUnit;
  /** Nothing tells it yet. */
  readonly later?: true;
  readonly doc: string;
}

/** Stage `meta`: known when the instrument binds, from its market facts. */
export const META_STREAMS: readonly MetaStream[] = [
  { field: 'tick', unit: 'price', doc: 'Smallest step of a price.' },
  { field: 'lot', unit: 'qty', doc: 'Smallest step of a quantity.' },
  { field: 'min_notional', unit: 'money', doc: 'Smallest order the venue takes.' },
  { field: 'contract', unit: 'qty', doc: 'Base quantity of one contract.' },
  { field: 'expiry', unit: 'plain', later: true, doc: 'When a dated contract ends.' },
  { field: 'listed_at', unit: 'plain', later: true, doc: 'When the venue began to trade it.' },
];

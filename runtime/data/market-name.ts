/**
 * What a data file's name says of its content, by the habits of the field: `binance-spot-BTCUSDT-1h.csv.gz`,
 * `BTCUSDT-1m-2024-01.csv`, `BTC_USDT-1h-mark.csv`. Only what is recognised counts: `part2.csv` says nothing.
 */
export type FileKind = 'bars' | 'mark' | 'funding';

export interface MarketName {
  /** Base and quote without separators, upper case: `BTCUSDT`. */
  readonly symbol?: string;
  /** Words of venue and market before the symbol, such as `binance-spot`. */
  readonly venue?: string;
  /** Absent when the name does not say. */
  readonly kind?: FileKind;
  /** Bar length that the name states. */
  readonly intervalMs?: number;
}

const QUOTES = 'USDT|USDC|FDUSD|BUSD|TUSD|USDE|USD1|USD|DAI|EUR|GBP|JPY|TRY|BRL|AUD|KRW|BTC|ETH|BNB|XBT';
const PAIR = new RegExp(`^([A-Z0-9]{2,12}?)(${QUOTES})(?:_?PERP)?$`);
const QUOTE = new RegExp(`^(?:${QUOTES})$`);
const INTERVAL = /^(\d+)(s|m|min|h|d|w)$/i;
const NUMBER = /^\d+$/;
const KINDS: Readonly<Record<string, FileKind>> = {
  mark: 'mark',
  markprice: 'mark',
  markpriceklines: 'mark',
  funding: 'funding',
  fundingrate: 'funding',
  rate: 'funding',
  trade: 'bars',
  futures: 'bars',
  klines: 'bars',
  candles: 'bars',
  ohlcv: 'bars',
  bars: 'bars',
};
/** Words in capitals that are no ticker. */
const NO_TICKER = new Set([
  'OHLC',
  'OHLCV',
  'CSV',
  'DATA',
  'SPOT',
  'PERP',
  'USDM',
  'COINM',
  'FUTURES',
  'UTC',
  'MARK',
  'TRADE',
]);
/** Two files of one symbol are two markets when these differ; other words before a symbol say nothing. */
const VENUES = new Set(
  'binance binanceus bybit okx okex kraken coinbase bitmex bitfinex bitstamp kucoin gate gateio huobi htx mexc bitget deribit hyperliquid dydx spot usdm coinm um cm swap perp linear inverse'.split(
    ' ',
  ),
);
const INTERVAL_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

export function readMarketName(path: string): MarketName {
  const file = path.replaceAll('\\', '/').split('/').at(-1) ?? '';
  const words = file
    .replace(/(\.(csv|gz|txt))+$/i, '')
    .split(/[-_. ]+/)
    .filter(word => word !== '');
  let symbol: string | undefined;
  let venue: string | undefined;
  let kind: FileKind | undefined;
  let intervalMs: number | undefined;
  const before: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const interval = INTERVAL.exec(word);
    if (interval !== null) {
      // `1M` is a month in some layouts: it says nothing here.
      if (interval[2] !== 'M')
        intervalMs ??= Number(interval[1]) * (INTERVAL_MS[(interval[2] ?? '').toLowerCase()] ?? 0);
      continue;
    }
    const known = KINDS[word.toLowerCase()];
    if (known !== undefined) {
      if (kind === undefined || kind === 'bars') kind = known;
      continue;
    }
    if (NUMBER.test(word)) continue;
    if (symbol === undefined) {
      symbol = symbolAt(words, i);
      if (symbol !== undefined) venue = before.length > 0 ? before.join('-').toLowerCase() : undefined;
      else if (VENUES.has(word.toLowerCase())) before.push(word);
    }
  }
  return {
    ...(symbol !== undefined && { symbol }),
    ...(venue !== undefined && { venue }),
    ...(kind !== undefined && { kind }),
    ...(intervalMs !== undefined && { intervalMs }),
  };
}

/** `BTCUSDT`, `BTC` followed by `USDT`, or a ticker in capitals such as `SPY`. */
function symbolAt(words: readonly string[], at: number): string | undefined {
  const word = words[at] ?? '';
  const upper = word.toUpperCase();
  const next = (words[at + 1] ?? '').toUpperCase();
  if (QUOTE.test(next) && /^[A-Z0-9]{2,12}$/.test(upper) && (word === upper || word === word.toLowerCase()))
    return `${upper}${next}`;
  const pair = PAIR.exec(upper);
  if (pair !== null && (word === upper || (word === word.toLowerCase() && word.length >= 6)))
    return `${pair[1]}${pair[2]}`;
  if (/^[A-Z][A-Z0-9]{1,7}$/.test(word) && !NO_TICKER.has(word)) return word;
  return undefined;
}

/** True when the names speak of two markets; names that do not say are never in conflict. */
export function differentMarkets(a: MarketName, b: MarketName): boolean {
  if (a.symbol === undefined || b.symbol === undefined) return false;
  return a.symbol !== b.symbol || (a.venue !== undefined && b.venue !== undefined && a.venue !== b.venue);
}

export function marketText(name: MarketName): string {
  return name.venue === undefined ? (name.symbol ?? 'unknown') : `${name.symbol} (${name.venue})`;
}

/** `BTCUSDT` of `BTC/USDT` and `BTC/USDT:USDT`. */
export function plainSymbol(symbol: string): string {
  return (symbol.split(':')[0] ?? symbol).replace(/[^A-Za-z0-9]/g, '').toUpperCase();
}

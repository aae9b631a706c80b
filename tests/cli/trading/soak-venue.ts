/**
 * The venue of the soak as a process of its own, so that what it holds and does is not taken for the run's: fifty perpetuals,
 * played bar by bar as its parent says.
 */
import { amount, number } from '../../venue/amount.ts';
import { perpetualMarket, venueBar } from '../../venue/market.ts';
import { finishBar, openBar } from '../../venue/play.ts';
import { MINUTE_MS, START_MS, usdmVenue } from '../../venue/start.ts';

export const MARKETS = 50;

export type SoakFault =
  | 'drop'
  | 'freeze'
  | 'twice'
  | 'swap'
  | 'lose'
  | 'order silent'
  | 'order cut'
  | 'order 503'
  | 'read 503';

export type Ask =
  | { readonly type: 'play'; readonly from: number; readonly to: number }
  | { readonly type: 'fault'; readonly fault: SoakFault }
  | { readonly type: 'books' };

export interface Books {
  readonly positions: readonly number[];
  readonly open: number;
  readonly trades: number;
  /** Client ids that came more than once. */
  readonly repeated: number;
  readonly requests: number;
}

export interface Told {
  readonly nowMs: number;
  readonly books?: Books;
}

const name = (i: number) => (i === 0 ? 'BTC' : i === 1 ? 'ETH' : `C${String(i).padStart(2, '0')}`);
export const SYMBOLS: readonly string[] = Array.from({ length: MARKETS }, (_, i) => `${name(i)}/USDT:USDT`);
const id = (i: number) => `${name(i)}USDT`;

function levelOf(market: number, k: number): number {
  const slow = Math.sin((k + 7 * market) / (20 + market));
  const fast = Math.sin((k * (1 + (market % 5))) / 3);
  return Math.round(1000 * (100 + market) * (1 + 0.02 * slow + 0.003 * fast)) / 1000;
}

function barOf(market: number, k: number) {
  const [open, close] = [levelOf(market, k - 1), levelOf(market, k)];
  return venueBar([START_MS + k * MINUTE_MS, open, Math.max(open, close), Math.min(open, close), close, 5000]);
}

async function serve(): Promise<void> {
  const venue = await usdmVenue({ frozen: true, periodMs: MINUTE_MS });
  const { exchange, server } = venue;
  const steps = { tick: amount('0.001'), lot: amount('0.001'), minQuantity: amount('0.001') };
  for (let i = 0; i < MARKETS; i++) {
    exchange.list(perpetualMarket(id(i), name(i), 'USDT', steps), amount(String(levelOf(i, -1))));
  }
  exchange.deposit('USDT', amount('990000'));
  const faults: Readonly<Record<SoakFault, () => void>> = {
    drop: () => server.dropSockets(),
    freeze: () => server.freezeSockets(),
    twice: () => server.faults.addSocket('ORDER_TRADE', { kind: 'twice', times: 3 }),
    swap: () => server.faults.addSocket('ORDER_TRADE', { kind: 'swap', times: 1 }),
    lose: () => server.faults.addSocket('ORDER_TRADE', { kind: 'lose', times: 2 }),
    'order silent': () => server.faults.add({ on: 'POST /fapi/v1/order', when: 'after', answer: 'silence' }),
    'order cut': () => server.faults.add({ on: 'POST /fapi/v1/order', when: 'before', answer: 'cut' }),
    'order 503': () =>
      server.faults.add({ on: 'POST /fapi/v1/order', when: 'after', answer: { status: 503, body: '' } }),
    'read 503': () =>
      server.faults.add({ on: 'GET /fapi/v1/openOrders', when: 'before', answer: { status: 503, body: '' } }),
  };
  const books = (): Books => {
    const ids = exchange.orders.map(({ clientId }) => clientId);
    return {
      positions: SYMBOLS.map((_, i) => number(exchange.position(id(i)).quantity)),
      open: exchange.openOrders().length,
      trades: exchange.trades.length,
      repeated: ids.length - new Set(ids).size,
      requests: server.requests.length,
    };
  };
  process.on('message', (ask: Ask) => {
    if (ask.type === 'play') {
      for (let k = ask.from; k < ask.to; k++) {
        for (let i = 0; i < MARKETS; i++) openBar(exchange, id(i), barOf(i, k));
        for (let i = 0; i < MARKETS; i++) finishBar(exchange, id(i), barOf(i, k));
      }
    }
    if (ask.type === 'fault') faults[ask.fault]();
    tell(ask.type === 'books' ? { nowMs: exchange.clock.now(), books: books() } : { nowMs: exchange.clock.now() });
  });
  process.send?.({ redirect: server.redirect, key: venue.key, nowMs: exchange.clock.now() });
}

function tell(told: Told): void {
  process.send?.(told);
}

if (process.send !== undefined && process.argv[1]?.endsWith('soak-venue.ts') === true) await serve();

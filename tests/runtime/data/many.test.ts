/** Several instruments at once: files dealt out among them, one calendar for all, and what can be wrong with that. */
import { describe, expect, test } from 'vitest';
import { openTimeOf } from '../../../language/check/calendar.ts';
import { loadMarket } from '../../../runtime/data/load.ts';
import { loadMarkets, type MarketsRequest } from '../../../runtime/data/load-many.ts';
import type { BarTable } from '../../../runtime/data/series.ts';
import { instantText } from '../../../runtime/data/text.ts';
import { instrumentsOf } from '../../../runtime/lane.ts';
import { describeWithShared, sharedPath } from '../../support/shared.ts';
import { BTC, clock, csv, failure, folder, HOUR, rows, START } from './support.ts';

type Instrument = MarketsRequest['instruments'][number];
const spot = (base: string, more: Partial<Instrument> = {}): Instrument => ({
  ...BTC,
  symbol: `${base}/USDT`,
  market: 'spot',
  ...more,
});
const perpetual = (base: string): Instrument => ({ ...BTC, symbol: `${base}/USDT:USDT`, market: 'linear' });

const load = (request: Partial<MarketsRequest> & Pick<MarketsRequest, 'data' | 'instruments'>) =>
  loadMarkets({ clocks: [clock(1, 'h')], cacheDir: false, ...request });

function files(spans: Readonly<Record<string, readonly [startHour: number, hours: number]>>) {
  const made = folder();
  for (const [name, [start, count]] of Object.entries(spans))
    made.write(`binance-spot-${name}-1h.csv`, csv(rows(count, HOUR, START + start * HOUR)));
  return made;
}

const closes = ({ close }: BarTable, ...ticks: number[]) => ticks.map(tick => close[tick]);

describe('files are dealt out', () => {
  const names = {
    'binance-spot-BTCUSDT-1h.csv': 5,
    'binance-spot-ETHUSDT-1h.csv': 6,
    'bybit-spot-ETHUSDT-1h.csv': 7,
    'binance-usdm-ETHUSDT-1h-trade.csv': 8,
    'binance-usdm-ETHUSDT-1h-mark.csv': 9,
    'binance-spot-DOGEUSDT-1h.csv': 10,
  };
  const venue = () => {
    const made = folder();
    for (const [name, count] of Object.entries(names)) made.write(name, csv(rows(count)));
    return made;
  };

  test('of a folder each instrument gets its own, by symbol, kind of market and venue', async () => {
    const { path } = venue();
    const set = await load({ data: [path], instruments: [spot('BTC'), spot('ETH'), perpetual('ETH')] });
    expect(set.members.map(({ symbol, quality }) => [symbol, quality.rows])).toEqual([
      ['BTC/USDT', 5],
      ['ETH/USDT', 6],
      ['ETH/USDT:USDT', 8],
    ]);
  });

  test('a pattern, a file and a stated file may stand side by side; what is stated counts', async () => {
    const made = venue();
    const other = made.write('mine.csv', csv(rows(12)));
    const data = [`${made.path}/*spot-BTC*`, `${made.path}/binance-spot-DOGEUSDT-1h.csv`, `ETH/USDT=${other}`];
    const { members } = await load({ data, instruments: [spot('BTC'), spot('DOGE'), spot('ETH')] });
    expect(members.map(({ quality }) => quality.rows)).toEqual([5, 10, 12]);
  });

  test('files whose names say nothing are those of the one instrument that has none', async () => {
    const made = venue();
    const other = made.write('mine.csv', csv(rows(12)));
    const { members } = await load({ data: [other, made.path], instruments: [spot('SOL'), spot('BTC')] });
    expect(members.map(({ quality }) => quality.rows)).toEqual([12, 5]);
  });

  test('marks and funding too', async () => {
    const made = folder();
    for (const name of ['BTC', 'ETH']) {
      made.write(`binance-usdm-${name}USDT-1h-trade.csv`, csv(rows(20)));
      made.write(`binance-usdm-${name}USDT-1h-mark.csv`, csv(rows(20)));
      const funding = Array.from({ length: 3 }, (_, i) => `${START + i * 8 * HOUR},0.0001`);
      made.write(`binance-usdm-${name}USDT-funding.csv`, csv(funding, 'timestamp,funding_rate'));
    }
    const all = [made.path];
    const instruments = [perpetual('BTC'), perpetual('ETH')];
    const { members, warnings } = await load({ data: all, mark: all, funding: all, instruments });
    expect(members.map(({ mark, funding }) => [mark?.length, funding?.times.length])).toEqual([
      [20, 3],
      [20, 3],
    ]);
    expect(warnings).toEqual([]);
    const short = made.write(
      'x-BTCUSDT-funding.csv',
      csv([`${START - 30 * HOUR},0.0001`, `${START - 22 * HOUR},0.0001`], 'timestamp,funding_rate'),
    );
    const apart = await failure(() => load({ data: all, funding: [`BTC/USDT:USDT=${short}`], instruments }));
    expect([apart.code, apart.message]).toEqual(['D1019', expect.stringContaining('candles of BTC/USDT:USDT')]);
    const some = await load({ data: all, mark: [`${made.path}/*ETH*mark.csv`], instruments });
    expect(some.warnings.map(({ code }) => code)).toEqual(['D1060']);
  });
});

test('marks and funding are the perpetual’s where spot and perpetual have one symbol', async () => {
  const made = folder();
  made.write('spot-BTCUSDT-1h.csv', csv(rows(20)));
  made.write('perp-BTCUSDT-1h.csv', csv(rows(20)));
  made.write('BTCUSDT-funding.csv', csv([`${START},0.0001`, `${START + 8 * HOUR},0.0001`], 'timestamp,funding_rate'));
  const { members } = await load({
    data: [made.path],
    funding: [`${made.path}/BTCUSDT-funding.csv`],
    instruments: [spot('BTC'), perpetual('BTC')],
  });
  expect(members.map(({ funding }) => funding?.times.length)).toEqual([undefined, 2]);
});

describe('one calendar', () => {
  test('spans the bars of all; outside of its own a member is absent', async () => {
    const { path } = files({ ADAUSDT: [0, 10], BTCUSDT: [4, 10], ETHUSDT: [2, 4] });
    const set = await load({ data: [path], instruments: [spot('ADA'), spot('BTC'), spot('ETH')] });
    expect(set.members.map(({ firstTick, endTick }) => [firstTick, endTick])).toEqual([
      [0, 10],
      [4, 14],
      [2, 6],
    ]);
    const tables = set.members.map(({ clocks }) => clocks[0] as BarTable);
    expect(new Set(tables.map(({ firstOrdinal, length }) => `${firstOrdinal} ${length}`))).toEqual(
      new Set([`${START / HOUR} 14`]),
    );
    expect(closes(tables[1] as BarTable, 3, 4, 13)).toEqual([Number.NaN, 100, 109]);
    expect([...(tables[2]?.held ?? [])].join('')).toBe('11000011111111');
    expect(set.quality).toMatchObject({ rows: 24, missingBars: 0, heldBars: 0, firstMs: START });
    expect(set.warnings.map(({ code, message }) => [code, message.slice(0, 96)])).toEqual([
      ['D1058', 'the candles of ADA/USDT end at 2024-01-01 10:00 UTC, of ETH/USDT end at 2024-01-01 06:00 UTC, be'],
    ]);
  });

  test('on slower clocks as well: equal ticks, equal crossings, what is covered in part left out', async () => {
    const { path } = files({ ADAUSDT: [0, 96], BTCUSDT: [30, 90] });
    const set = await load({
      data: [path],
      clocks: [clock(1, 'h'), clock(1, 'd')],
      instruments: [spot('ADA'), spot('BTC')],
    });
    const [ada, btc] = instrumentsOf(set);
    expect([ada?.clocks[1]?.firstOrdinal, ada?.clocks[1]?.length]).toEqual([
      btc?.clocks[1]?.firstOrdinal,
      btc?.clocks[1]?.length,
    ]);
    expect(ada?.clocks[1]?.length).toBe(5);
    expect(ada?.completed[1]).toBe(btc?.completed[1]);
    expect([...(ada?.completed[1] ?? [])].filter((_, tick) => tick % 24 === 23)).toEqual([0, 1, 2, 3, 4]);
    // Of its first day BTC has the last 18 hours: no bar.
    expect(btc?.clocks[1]?.fields.close?.slice(0, 3)).toEqual(Float64Array.of(Number.NaN, Number.NaN, 141));
    expect(ada?.clocks[1]?.fields.close?.slice(3)).toEqual(Float64Array.of(195, Number.NaN));
  });

  test('a member alone reads what it would read alone', async () => {
    const { path, write } = files({ ADAUSDT: [0, 50] });
    const file = write('binance-spot-BTCUSDT-1h.csv', csv(rows(40).toSpliced(10, 3)));
    const set = await load({ data: [path], instruments: [spot('ADA'), spot('BTC')] });
    const alone = await loadMarket({ instrument: BTC, clocks: [clock(1, 'h')], data: [file], cacheDir: false });
    const [, btc] = set.members;
    expect(btc?.quality).toEqual(alone.quality);
    expect(btc?.hash).toBe(alone.hash);
    for (const field of ['open', 'close', 'held'] as const)
      expect(btc?.clocks[0]?.[field].slice(btc.firstTick, btc.endTick)).toEqual(alone.clocks[0]?.[field]);
    expect(set.quality).toMatchObject({ rows: 87, heldBars: 3, missingBars: 3, longestGap: { bars: 3 } });
  });

  test('marks stand on it too', async () => {
    const made = folder();
    made.write('binance-usdm-BTCUSDT-1h-trade.csv', csv(rows(10)));
    made.write('binance-usdm-BTCUSDT-1h-mark.csv', csv(rows(10)));
    made.write('binance-usdm-ETHUSDT-1h-trade.csv', csv(rows(10, HOUR, START + 5 * HOUR)));
    made.write('binance-usdm-ETHUSDT-1h-mark.csv', csv(rows(10, HOUR, START + 5 * HOUR)));
    const all = [made.path];
    const { members } = await load({ data: all, mark: all, instruments: [perpetual('BTC'), perpetual('ETH')] });
    expect(members.map(({ mark }) => [mark?.length, mark?.close[4], mark?.close[5]])).toEqual([
      [15, 104, 105],
      [15, Number.NaN, 100],
    ]);
  });
});

describe('identity', () => {
  test('the hash sees every member, their order and the span, not the names of files', async () => {
    const both = { ADAUSDT: [0, 10], BTCUSDT: [4, 10] } as const;
    const instruments = [spot('ADA'), spot('BTC')];
    const hashOf = async (spans: Parameters<typeof files>[0], toMs?: number) => {
      const { path } = files(spans);
      return (await load({ data: [path], instruments, ...(toMs !== undefined && { toMs }) })).hash;
    };
    const first = await hashOf(both);
    expect(await hashOf(both)).toBe(first);
    const others = [
      await hashOf({ ...both, BTCUSDT: [4, 11] }),
      await hashOf({ ADAUSDT: [4, 10], BTCUSDT: [0, 10] }),
      await hashOf(both, START + 9 * HOUR),
    ];
    expect(new Set([first, ...others]).size).toBe(4);
  });
});

describe('`--to`', () => {
  test('a member whose data begin later does not exist, and a warning says so', async () => {
    const { path } = files({ ADAUSDT: [0, 10], BTCUSDT: [6, 10] });
    const instruments = [spot('ADA'), spot('BTC')];
    const set = await load({ data: [path], instruments, toMs: START + 5 * HOUR });
    expect(set.members.map(({ firstTick, endTick, clocks }) => [firstTick, endTick, clocks[0]?.length])).toEqual([
      [0, 5, 5],
      [5, 5, 5],
    ]);
    expect(set.members[1]?.clocks[0]?.close).toEqual(new Float64Array(5).fill(Number.NaN));
    expect(set.warnings.map(({ code, message }) => [code, message])).toEqual([
      ['D1059', 'BTC/USDT has no bar in the time of this run'],
    ]);
  });

  test('before all data there is nothing', async () => {
    const { path } = files({ ADAUSDT: [3, 10], BTCUSDT: [6, 10] });
    const instruments = [spot('ADA'), spot('BTC')];
    expect((await failure(() => load({ data: [path], instruments, toMs: START + HOUR }))).code).toBe('D1026');
  });
});

describe('what can be wrong', () => {
  const cases: readonly {
    readonly what: string;
    readonly spans?: Parameters<typeof files>[0];
    readonly extra?: (made: ReturnType<typeof folder>) => readonly string[];
    readonly instruments: readonly Instrument[];
    readonly code: string;
    readonly says: readonly string[];
  }[] = [
    {
      what: 'a member without a file',
      spans: { ADAUSDT: [0, 5], BTCUSDT: [0, 5] },
      instruments: [spot('ADA'), spot('BTC'), spot('SOL')],
      code: 'D1027',
      says: ['`SOL/USDT`', '2 files', 'ADAUSDT (binance-spot), BTCUSDT (binance-spot)', 'SOL/USDT=FILE'],
    },
    {
      what: 'files of another kind of market',
      extra: ({ path, write }) => {
        write('binance-usdm-BTCUSDT-1h-trade.csv', csv(rows(5)));
        write('binance-spot-ETHUSDT-1h.csv', csv(rows(5)));
        return [path];
      },
      instruments: [spot('BTC'), spot('ETH')],
      code: 'D1027',
      says: ['`BTC/USDT`', 'BTCUSDT (binance-usdm)'],
    },
    {
      what: 'two markets for one member',
      extra: ({ path, write }) => {
        write('kraken-spot-BTCUSDT-1h.csv', csv(rows(5)));
        write('bybit-spot-BTCUSDT-1h.csv', csv(rows(5)));
        write('binance-spot-ETHUSDT-1h.csv', csv(rows(5)));
        return [path];
      },
      instruments: [spot('BTC'), spot('ETH')],
      code: 'D1015',
      says: ['BTCUSDT (bybit-spot)', 'BTCUSDT (kraken-spot)'],
    },
    {
      what: 'two files of one member that disagree',
      extra: ({ path, write }) => {
        write('binance-spot-BTCUSDT-1h-1.csv', csv(rows(5)));
        write('binance-spot-BTCUSDT-1h-2.csv', csv(rows(5).with(2, `${START + 2 * HOUR},1,1,1,1,1`)));
        write('binance-spot-ETHUSDT-1h.csv', csv(rows(5)));
        return [path];
      },
      instruments: [spot('BTC'), spot('ETH')],
      code: 'D1014',
      says: ['BTCUSDT-1h-1.csv', 'BTCUSDT-1h-2.csv'],
    },
    {
      what: 'bars of two lengths',
      spans: { ADAUSDT: [0, 48] },
      extra: ({ path, write }) => {
        write('binance-spot-BTCUSDT-30m.csv', csv(rows(96, HOUR / 2)));
        return [path];
      },
      instruments: [spot('ADA'), spot('BTC')],
      code: 'D1028',
      says: ['`ADA/USDT` are 1h long', '`BTC/USDT` 30m'],
    },
    {
      what: 'bars of two lengths for one member',
      spans: { ADAUSDT: [0, 48], BTCUSDT: [0, 48] },
      extra: ({ path, write }) => {
        write('binance-spot-BTCUSDT-30m.csv', csv(rows(96, HOUR / 2)));
        return [path];
      },
      instruments: [spot('ADA'), spot('BTC')],
      code: 'D1016',
      says: ['BTCUSDT-1h', 'BTCUSDT-30m'],
    },
    {
      what: 'a time with none of them',
      spans: { ADAUSDT: [0, 10], BTCUSDT: [5, 10], ETHUSDT: [16, 10] },
      instruments: [spot('ADA'), spot('BTC'), spot('ETH')],
      code: 'D1029',
      says: ['BTC/USDT end at 2024-01-01 15:00 UTC', 'ETH/USDT begin at 2024-01-01 16:00 UTC'],
    },
    {
      what: "a hole beyond the member's own max_gap",
      spans: { ADAUSDT: [0, 20] },
      extra: ({ path, write }) => {
        write('binance-spot-BTCUSDT-1h.csv', csv(rows(20).toSpliced(5, 4)));
        return [path];
      },
      instruments: [spot('ADA'), spot('BTC', { maxGapMs: 3 * HOUR })],
      code: 'E0810',
      says: ['the candles of BTC/USDT', 'hole of 4h'],
    },
    {
      what: 'a symbol that nobody has',
      extra: ({ write }) => [`DOGE/USDT=${write('x.csv', csv(rows(5)))}`],
      instruments: [spot('ADA'), spot('BTC')],
      code: 'D1020',
      says: ['`DOGE/USDT`', 'ADA/USDT, BTC/USDT'],
    },
    { what: 'nothing', extra: () => [], instruments: [spot('ADA'), spot('BTC')], code: 'D1024', says: ['ADA/USDT'] },
  ];
  test.each(cases)('$what: $code', async ({ spans = {}, extra, instruments, code, says }) => {
    const made = files(spans);
    const data = extra?.(made) ?? [made.path];
    const error = await failure(() => load({ data, instruments }));
    expect([error.code, error.message]).toEqual([code, error.message]);
    for (const words of says) expect(error.text).toContain(words);
  });
});

describeWithShared('the dailies of a venue', () => {
  test('members of different ages stand on one calendar', async () => {
    const names = ['ADA', 'AVAX', 'BNB', 'BTC', 'DOGE', 'ETH', 'LTC', 'SOL', 'SUI', 'XRP'];
    const set = await load({
      data: [sharedPath('data/spot-1d/*.csv.gz')],
      clocks: [clock(1, 'd'), clock(1, 'w')],
      instruments: names.map(name => spot(name)),
    });
    const [base] = set.members[3]?.clocks ?? [];
    expect(base && [base.length, instantText(openTimeOf(base.period, base.firstOrdinal))]).toEqual([
      2924,
      '2018-01-01 00:00 UTC',
    ]);
    const starts = Object.fromEntries(set.members.map(({ symbol, firstTick }) => [symbol, firstTick]));
    expect(starts).toMatchObject({ 'BTC/USDT': 0, 'SOL/USDT': 953, 'SUI/USDT': 1948 });
    expect(set.members.every(({ endTick }) => endTick === base?.length)).toBe(true);
    expect(set.warnings).toEqual([]);
    const first = set.members[7]?.firstTick ?? 0;
    expect(set.members[7]?.clocks[0]?.close[first - 1]).toBeNaN();
    expect(set.members[7]?.clocks[0]?.close[first]).toBeGreaterThan(0);
  });
});

import { readdirSync, utimesSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openTimeOf } from '../../../language/check/calendar.ts';
import { fundingTicks, lostSettlements, settleStamps } from '../../../runtime/data/funding.ts';
import { loadMarket } from '../../../runtime/data/load.ts';
import { BTC, clock, csv, DAY, failure, folder, HOUR, rows, START } from './support.ts';

const hourly = (data: readonly string[], more: object = {}) =>
  loadMarket({ instrument: BTC, clocks: [clock(1, 'h')], data, cacheDir: false, ...more });

describe('gaps', () => {
  const withHole = csv([...rows(3), ...rows(3, HOUR, START + 5 * HOUR)]);

  test('hold: the last close with no volume, marked as held', async () => {
    const { clocks, quality } = await hourly([folder().write('bars.csv', withHole)]);
    expect(clocks[0]?.close).toEqual(Float64Array.of(100, 101, 102, 102, 102, 100, 101, 102));
    expect(clocks[0]?.low.subarray(2, 6)).toEqual(Float64Array.of(101, 102, 102, 99));
    expect(clocks[0]?.volume.subarray(2, 6)).toEqual(Float64Array.of(12, 0, 0, 10));
    expect(clocks[0]?.held).toEqual(Uint8Array.of(0, 0, 0, 1, 1, 0, 0, 0));
    expect([quality.missingBars, quality.heldBars]).toEqual([2, 2]);
    expect(quality.longestGap).toEqual({ fromMs: START + 3 * HOUR, toMs: START + 5 * HOUR, bars: 2 });
  });

  test('absent: no value, still marked', async () => {
    const instrument = { ...BTC, gaps: 'absent' as const };
    const { clocks } = await hourly([folder().write('bars.csv', withHole)], { instrument });
    expect(clocks[0]?.close.subarray(2, 6)).toEqual(Float64Array.of(102, Number.NaN, Number.NaN, 100));
    expect(clocks[0]?.volume.subarray(2, 6)).toEqual(Float64Array.of(12, Number.NaN, Number.NaN, 10));
  });

  test('fail: any hole is refused', async () => {
    const instrument = { ...BTC, gaps: 'fail' as const };
    const error = await failure(() => hourly([folder().write('bars.csv', withHole)], { instrument }));
    expect([error.code, error.message]).toEqual([
      'E0810',
      'the candles of BTC/USDT have a hole of 2h: nothing between 2024-01-01 03:00 UTC and 2024-01-01 05:00 UTC, and the instrument says `gaps: fail`',
    ]);
  });

  test('a hole of exactly max_gap passes, one longer does not, unless overridden', async () => {
    const file = folder().write('bars.csv', withHole);
    const instrument = { ...BTC, maxGapMs: 2 * HOUR };
    expect((await hourly([file], { instrument })).quality.heldBars).toBe(2);
    const strict = { ...BTC, maxGapMs: HOUR };
    expect((await failure(() => hourly([file], { instrument: strict }))).code).toBe('E0810');
    expect((await hourly([file], { instrument: strict, maxGapMs: DAY })).quality.heldBars).toBe(2);
  });

  test('a hole after the end of the run does not matter', async () => {
    const file = folder().write('bars.csv', csv([...rows(3), ...rows(3, HOUR, START + 9 * DAY)]));
    expect((await failure(() => hourly([file]))).code).toBe('E0810');
    expect((await hourly([file], { toMs: START + 2 * HOUR })).clocks[0]?.length).toBe(2);
  });
});

test('a hole is told by file and line, out of the cache as well; one between two files by the file after it', async () => {
  const files = folder();
  const long = rows(8000);
  // A row twice and a blank line: lines are those of the file.
  const holed = [...long.slice(0, 10), long[9] ?? '', '', ...long.slice(10, 4000), ...long.slice(4100)];
  const holedFile = files.write('holed.csv', csv(holed));
  const after = files.write('after.csv', csv(rows(48, HOUR, START + 8000 * HOUR)));
  const late = files.write('late.csv', csv(rows(48, HOUR, START + 9000 * HOUR)));
  const places = async (data: string[]) => {
    const request = { instrument: { ...BTC, maxGapMs: 3 * DAY }, cacheDir: `${files.path}/cache` };
    const error = await failure(() => hourly(data, request));
    return [error.code, error.file, error.line];
  };
  for (let run = 0; run < 2; run++) {
    expect(await places([holedFile])).toEqual(['E0810', holedFile, 4004]);
    expect(await places([after, holedFile])).toEqual(['E0810', holedFile, 4004]);
    const between = await failure(() => hourly([after, late], { cacheDir: `${files.path}/cache` }));
    expect([between.code, between.file, between.line]).toEqual(['E0810', late, undefined]);
  }
  expect(readdirSync(`${files.path}/cache/candles`).length).toBe(2);
});

describe('quality', () => {
  /** Three days of hours; holes on the first, second and third, a bar without volume and one at odds on the second. */
  const lines = rows(72)
    .map((line, i) => (i === 30 ? line.replace(/,\d+$/, ',0') : line))
    .map((line, i) => (i === 31 ? line.replace(/^(\d+),[\d.]+/, '$1,1') : line))
    .filter((_, i) => ![4, 5, 6, 28, 29, 50].includes(i));
  const counted = async (request: object = {}) => {
    const { quality } = await hourly([folder().write('bars.csv', csv(lines))], request);
    const { rows: bars, missingBars, longestGap, heldBars, zeroVolume, ohlcViolations } = quality;
    return [bars, missingBars, longestGap?.bars, heldBars, zeroVolume, ohlcViolations];
  };

  test('is counted over all that is traded', async () => {
    expect(await counted()).toEqual([66, 6, 3, 6, 1, 1]);
    expect(await counted({ tradesFromMs: START + DAY })).toEqual([45, 3, 2, 3, 1, 1]);
    expect(await counted({ toMs: START + DAY })).toEqual([21, 3, 3, 3, 0, 0]);
    expect(await counted({ tradesFromMs: START + 2 * DAY, toMs: START + 3 * DAY })).toEqual([23, 1, 1, 1, 0, 0]);
  });

  test('a hole across the first traded bar counts from there on; a bar that has begun is not traded', async () => {
    expect(await counted({ tradesFromMs: START + 5 * HOUR })).toEqual([62, 5, 2, 5, 1, 1]);
    expect(await counted({ tradesFromMs: START + 5 * HOUR - 1 })).toEqual([62, 5, 2, 5, 1, 1]);
  });

  test('thin bars before the first traded one are not counted', async () => {
    const file = folder().write('bars.csv', csv(lines));
    const thin = async (tradesFromMs: number) =>
      (await hourly([file], { clocks: [clock(4, 'h')], tradesFromMs })).quality.thinBars;
    expect([await thin(START), await thin(START + DAY), await thin(START + 2 * DAY)]).toEqual([3, 2, 1]);
  });

  test('a last bar that the run does not read is not warned of', async () => {
    const file = folder().write('bars.csv', csv(lines));
    const lastMs = START + 71 * HOUR;
    utimesSync(file, lastMs / 1000 + 60, lastMs / 1000 + 60);
    const codes = async (toMs?: number) =>
      (await hourly([file], toMs === undefined ? {} : { toMs })).warnings?.map(warning => warning.code);
    expect([await codes(), await codes(lastMs + HOUR), await codes(lastMs)]).toEqual([['D1056'], ['D1056'], []]);
  });
});

test('a hole before the first bar that the run reads does not matter', async () => {
  const file = folder().write('bars.csv', csv([...rows(3), ...rows(9, HOUR, START + 9 * DAY)]));
  const after = { readsFromMs: START + 9 * DAY };
  expect((await hourly([file], after)).clocks[0]?.length).toBe(9 * 24 + 9);
  expect((await failure(() => hourly([file], { readsFromMs: START + 8 * DAY }))).code).toBe('E0810');
});

describe('several inputs', () => {
  test('start where all exist and end with the first that ends', async () => {
    const files = folder();
    const funding = [4, 12, 20, 28].map(hour => `${START + hour * HOUR},0.0001`);
    const series = await hourly([files.write('bars.csv', csv(rows(48)))], {
      mark: [files.write('mark.csv', csv(rows(40, HOUR, START + 2 * HOUR), 'time,open,high,low,close,volume'))],
      funding: [files.write('funding.csv', csv(funding, 'timestamp,funding_rate'))],
    });
    const [base] = series.clocks;
    expect(base && openTimeOf(base.period, base.firstOrdinal)).toBe(START + 4 * HOUR);
    // Funding speaks until one usual step after its last event.
    expect(base?.length).toBe(32);
    expect(series.mark?.close.subarray(0, 2)).toEqual(Float64Array.of(102, 103));
    expect(series.mark?.length).toBe(32);
    expect(base && series.funding && fundingTicks(series.funding, base)).toEqual(Int32Array.of(0, 8, 16, 24));
  });

  test('marks without volume are fine, and a missing mark holds the last one', async () => {
    const files = folder();
    const marks = rows(6).map(row => row.replace(/,\d+$/, ''));
    const series = await hourly([files.write('bars.csv', csv(rows(6)))], {
      mark: [files.write('mark.csv', csv([...marks.slice(0, 2), ...marks.slice(4)], 'date,open,high,low,close'))],
    });
    expect(series.mark?.close).toEqual(Float64Array.of(100, 101, 101, 101, 104, 105));
    expect(series.mark?.held).toEqual(Uint8Array.of(0, 0, 1, 1, 0, 0));
    expect(series.clocks[0]?.held).toEqual(new Uint8Array(6));
  });

  test('say which one ended the run when that leaves out a day or more', async () => {
    const files = folder();
    const series = await hourly([files.write('bars.csv', csv(rows(72)))], {
      mark: [files.write('mark.csv', csv(rows(24)))],
    });
    expect(series.warnings?.map(warning => warning.message)).toEqual([
      'marks end at 2024-01-02 00:00 UTC; the bars after it, up to 2024-01-04 00:00 UTC, are left out',
    ]);
  });
});

describe('funding stamps', () => {
  const events = (times: readonly number[]) => ({
    times: Float64Array.from(times),
    rates: new Float64Array(times.length),
    hash: '',
  });

  test('a few milliseconds off are moved to the full second', () => {
    expect(settleStamps(events([START + 7, START + 8 * HOUR - 3, START + 16 * HOUR])).times).toEqual(
      Float64Array.of(START, START + 8 * HOUR, START + 16 * HOUR),
    );
  });

  test('a lost settlement is told, a change of the interval is not', () => {
    const hours = (list: readonly number[]) => events(list.map(hour => START + hour * HOUR));
    const span = (from: number, to: number) => ({ fromMs: START + from * HOUR, toMs: START + to * HOUR });
    expect(lostSettlements(hours([0, 8, 16, 24, 28, 32, 36, 44, 52]), span(0, 56))).toEqual([]);
    const lost = hours([0, 8, 16, 32, 40, 48]);
    expect(lostSettlements(lost, span(0, 56)).map(warning => warning.message)).toEqual([
      'the funding file has 1 step longer than usual, the first after 2024-01-01 16:00 UTC',
    ]);
    expect(lostSettlements(lost, span(32, 56))).toEqual([]);
    expect(lostSettlements(lost, span(0, 16))).toEqual([]);
  });
});

test('a file written before its last bar closed is told', async () => {
  const file = folder().write('bars.csv', csv(rows(3)));
  const writtenAt = (hours: number) => utimesSync(file, new Date(), new Date(START + hours * HOUR));
  writtenAt(2.5);
  const early = await hourly([file]);
  expect(early.quality.unfinishedLast).toBe(true);
  expect(early.warnings?.map(warning => warning.code)).toEqual(['D1056']);
  writtenAt(3);
  const late = await hourly([file]);
  expect([late.quality.unfinishedLast, late.warnings]).toEqual([false, []]);
  expect(late.hash).toBe(early.hash);
});

test('the hash names the content and its cut, not the files', async () => {
  const files = folder();
  const lines = rows(30);
  const one = await hourly([files.write('one.csv', csv(lines))]);
  const two = await hourly([
    files.write('b.csv.gz', csv(lines.slice(10))),
    files.write('a.csv', csv(lines.slice(0, 12))),
  ]);
  const cut = await hourly([`${files.path}/one.csv`], { toMs: START + 20 * HOUR });
  const other = await hourly([files.write('c.csv', csv(lines).replace(',105,', ',105.01,'))]);
  expect(two.hash).toBe(one.hash);
  expect(two.quality.duplicates).toBe(2);
  expect(new Set([one.hash, cut.hash, other.hash]).size).toBe(3);
});

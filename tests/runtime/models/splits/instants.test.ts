/** When a model is trained, from when it serves, and which version stands at a tick. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closeMs, earlier, openMs } from '../../../../runtime/models/splits/calendar.ts';
import type { Grid } from '../../../../runtime/models/splits/fold.ts';
import {
  fromFirstTrainable,
  noTraining,
  searchedAt,
  servingVersions,
  trainingInstants,
} from '../../../../runtime/models/splits/instants.ts';
import { DAY_MS, daily, day, gridFrom, HOUR_MS, hourly, isoDay, period, rowsOf, walkForward } from './support.ts';

const same = (grid: Grid) => ({ base: grid, block: grid });

describe('the calendar grid', () => {
  const days = gridFrom(daily, '2021-02-03', 800);
  const dates = (every: ReturnType<typeof period>, grid = days) =>
    trainingInstants(walkForward(period(1, 'y'), every), same(grid)).map(({ atMs }) => isoDay(atMs));

  test('three months are the starts of the quarters', () => {
    expect(dates(period(3, 'mo'))).toEqual([
      '2021-04-01',
      '2021-07-01',
      '2021-10-01',
      '2022-01-01',
      '2022-04-01',
      '2022-07-01',
      '2022-10-01',
      '2023-01-01',
      '2023-04-01',
    ]);
  });
  test('a week is a Monday', () => {
    const weeks = dates(period(1, 'w'), gridFrom(daily, '2024-02-27', 20));
    expect(weeks).toEqual(['2024-03-04', '2024-03-11']);
  });
  test('a year is the first of January', () => expect(dates(period(1, 'y'))).toEqual(['2022-01-01', '2023-01-01']));

  test('T is the first bar that opens at or after the instant', () => {
    const weekly = gridFrom(period(1, 'w'), '2024-01-01', 40);
    const [first] = trainingInstants(walkForward(period(26, 'w'), period(1, 'mo')), same(weekly));
    expect(isoDay(first?.gridMs ?? 0)).toBe('2024-01-01');
    const [, second] = trainingInstants(walkForward(period(26, 'w'), period(1, 'mo')), same(weekly));
    expect([isoDay(second?.gridMs ?? 0), isoDay(second?.atMs ?? 0)]).toEqual(['2024-02-01', '2024-02-05']);
  });
  test('a grid finer than the bars gives one instant a bar', () => {
    const months = trainingInstants(
      walkForward(period(1, 'y'), period(1, 'w')),
      same(gridFrom(period(1, 'mo'), '2020-01-01', 5)),
    );
    expect(months.map(({ atMs }) => isoDay(atMs))).toEqual([
      '2020-01-01',
      '2020-02-01',
      '2020-03-01',
      '2020-04-01',
      '2020-05-01',
    ]);
  });

  test('data that start elsewhere meet the same instants, windows and activations', () => {
    const units = fc.constantFrom(period(1, 'w'), period(1, 'mo'), period(3, 'mo'), period(1, 'y'), period(10, 'd'));
    const windows = fc.constantFrom(period(60, 'd'), period(1, 'y'), period(5, 'mo'));
    fc.assert(
      fc.property(
        units,
        windows,
        fc.integer({ min: 0, max: 500 }),
        fc.integer({ min: 1, max: 72 }),
        (every, window, later, lag) => {
          const split = walkForward(window, every, lag * HOUR_MS);
          const all = gridFrom(daily, '2019-03-10', 1200);
          const part: Grid = { period: daily, firstOrdinal: all.firstOrdinal + later, length: all.length - later };
          const onCalendar = (grid: Grid) =>
            trainingInstants(split, same(grid))
              .filter(({ gridMs }) => gridMs >= openMs(part, 0))
              .map(({ gridMs, atMs, activeMs, cut, after, serves }) => ({
                gridMs,
                atMs,
                activeMs,
                places: [cut, after, serves].map(tick => openMs(grid, tick)),
              }));
          expect(onCalendar(part)).toEqual(onCalendar(all));
        },
      ),
      { numRuns: 60, seed: 11 },
    );
  });
});

describe('an instant', () => {
  test('on one clock: the window ends at T and begins after T − window', () => {
    const days = gridFrom(daily, '2020-01-01', 1500);
    const found = trainingInstants(walkForward(period(2, 'y'), period(3, 'mo')), same(days)).find(
      ({ atMs }) => isoDay(atMs) === '2023-01-01',
    );
    const T = day('2023-01-01') - day('2020-01-01');
    const start = day('2021-01-01') - day('2020-01-01');
    expect(found).toMatchObject({ baseTick: T, cut: T, after: start, activeFrom: T + 1, serves: T + 1 });
  });
  test.each([
    [HOUR_MS / 2, 1],
    [HOUR_MS, 1],
    [HOUR_MS + 1, 2],
    [6 * HOUR_MS, 6],
    [0, 1],
  ])('a lag of %d ms is %d hourly bars', (lag, bars) => {
    const hours = gridFrom(hourly, '2023-01-01', 24 * 400);
    for (const at of trainingInstants(walkForward(period(90, 'd'), period(1, 'mo'), lag), same(hours)))
      expect(at.activeFrom).toBe(at.baseTick + bars);
  });
  test('on a slower block: its last tick completed at T, and the first completed under the new version', () => {
    const hours = gridFrom(hourly, '2022-12-20', 24 * 40);
    const block = gridFrom(daily, '2022-12-20', 40);
    const split = walkForward(period(10, 'd'), period(1, 'mo'), HOUR_MS);
    const [at] = trainingInstants(split, { base: hours, block });
    const asDays = [at?.cut, at?.after, at?.serves].map(tick => isoDay(openMs(block, tick ?? 0)));
    // T is the bar of midnight, closed at one o'clock: then the last day known is that of the 31st of December.
    expect(asDays).toEqual(['2022-12-31', '2022-12-21', '2023-01-01']);
    expect(closeMs(block, at?.cut ?? 0)).toBeLessThanOrEqual(closeMs(hours, at?.baseTick ?? 0));
    expect(closeMs(block, at?.serves ?? 0)).toBeGreaterThanOrEqual(closeMs(hours, at?.activeFrom ?? 0));
    const [last] = trainingInstants(walkForward(period(10, 'd'), period(1, 'mo'), 23 * HOUR_MS), {
      base: hours,
      block,
    });
    expect(isoDay(openMs(block, last?.serves ?? 0))).toBe('2023-01-01');
    const [next] = trainingInstants(walkForward(period(10, 'd'), period(1, 'mo'), 24 * HOUR_MS), {
      base: hours,
      block,
    });
    expect(isoDay(openMs(block, next?.serves ?? 0))).toBe('2023-01-02');
  });
  test('a month back is a month back', () => {
    expect(isoDay(earlier(Date.parse('2024-03-31'), period(1, 'mo')))).toBe('2024-02-29');
    expect(isoDay(earlier(Date.parse('2024-01-15'), period(3, 'mo')))).toBe('2023-10-15');
    expect(isoDay(earlier(Date.parse('2024-02-29'), period(1, 'y')))).toBe('2023-02-28');
    expect(earlier(Date.parse('2024-05-31T07:00:00Z'), period(1, 'mo'))).toBe(Date.parse('2024-04-30T07:00:00Z'));
  });
  test('a hold-out is one instant with all that came before', () => {
    const days = gridFrom(daily, '2020-01-01', 1500);
    const [only, ...more] = trainingInstants(
      { kind: 'hold_out', atMs: Date.parse('2023-01-01'), trainLagMs: DAY_MS },
      same(days),
    );
    const T = day('2023-01-01') - day('2020-01-01');
    expect([only?.after, only?.cut, only?.activeFrom, more.length]).toEqual([-1, T, T + 1, 0]);
  });
});

describe('the first training', () => {
  const days = gridFrom(daily, '2020-01-01', 1800);
  const split = walkForward(period(1000, 'd'), period(1, 'mo'));
  const instants = trainingInstants(split, same(days));
  const first = (usable: (tick: number) => boolean, minRows: number, h = 5, way = split) =>
    fromFirstTrainable(way, trainingInstants(way, same(days)), rowsOf(1800, 2, usable), h, minRows)[0];

  test('waits for data over 80 % of the window', () => {
    // The window of 1000 days holds 1000 ticks; from tick 100 on there are data.
    const expected = instants.find(({ cut }) => cut - 99 >= 800);
    expect(first(tick => tick >= 100, 1)).toEqual(expected);
    expect(expected?.cut).toBeGreaterThanOrEqual(899);
  });
  test('waits for enough ticks with closed labels, each counted once', () => {
    const rare = (tick: number) => tick % 4 === 0;
    const enough = instants.find(({ after, cut }) => {
      let count = 0;
      for (let t = Math.max(0, after + 1); t + 5 <= cut; t++) if (rare(t)) count++;
      return count >= 240;
    });
    expect(first(rare, 240)).toEqual(enough);
    expect(first(rare, 251)).toBeUndefined();
  });
  test('an expanding window has no length to be covered', () => {
    const expanding = walkForward({ fromMs: Date.parse('2021-01-01') }, period(1, 'mo'));
    const at = first(() => true, 200, 5, expanding);
    expect([isoDay(at?.atMs ?? 0), openMs(days, (at?.after ?? 0) + 1)]).toEqual([
      '2021-08-01',
      Date.parse('2021-01-01'),
    ]);
  });
  test('nothing usable, no training', () => expect(first(() => false, 1)).toBeUndefined());
});

describe('why there is no training', () => {
  const days = gridFrom(daily, '2021-01-05', 200);
  const why = (way: ReturnType<typeof walkForward>, minRows: number, usable = (_: number) => true) =>
    noTraining(way, trainingInstants(way, same(days)), rowsOf(200, 1, usable), 2, minRows);
  test('none is due', () => expect(why(walkForward(period(30, 'd'), period(1, 'y')), 1)).toEqual({ why: 'not due' }));
  test('the window is not covered, however many rows there are', () => {
    const found = why(walkForward(period(1, 'y'), period(1, 'mo')), 100);
    // At 2021-07-01, tick 177, the last 178 of the 365 days.
    expect(found).toEqual({ why: 'window', covered: 178 / 365, needed: 0.8 });
  });
  test('the window has too few rows, however many there are in all', () => {
    const found = why(walkForward(period(50, 'd'), period(1, 'mo')), 100);
    expect(found).toEqual({ why: 'rows', rows: 48, needed: 100 });
    expect(why(walkForward(period(50, 'd'), period(1, 'mo')), 1, () => false)).toMatchObject({ why: 'rows', rows: 0 });
  });
});

describe('the version that serves', () => {
  const days = gridFrom(daily, '2022-01-01', 400);
  const instants = trainingInstants(walkForward(period(30, 'd'), period(1, 'mo')), same(days));
  const serves = instants.map(at => at.serves);

  test('is the newest one that is active', () => {
    const serving = servingVersions(
      days,
      instants,
      instants.map(() => true),
    );
    for (let tick = 0; tick < 400; tick++) expect(serving[tick]).toBe(serves.filter(first => first <= tick).length - 1);
  });
  test('stays on when one training fails, and ends when two have', () => {
    const made = instants.map((_, i) => i !== 3 && i !== 6 && i !== 7);
    const serving = servingVersions(days, instants, made);
    const at = (i: number) => Array.from(serving.slice(serves[i], serves[i + 1]));
    expect(new Set(at(3))).toEqual(new Set([2]));
    expect(new Set(at(6))).toEqual(new Set([5]));
    expect(new Set(at(7))).toEqual(new Set([-1]));
    expect(new Set(at(8))).toEqual(new Set([8]));
  });
  test('ends after a stated age, counted from its activation', () => {
    const made = instants.map((_, i) => i === 0);
    const serving = servingVersions(days, instants, made, 10 * DAY_MS);
    expect(Array.from(serving.slice(0, 14))).toEqual([-1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1]);
  });
});

test('a yearly search serves the instants of its year', () => {
  const days = gridFrom(daily, '2020-06-01', 700);
  const instants = trainingInstants(walkForward(period(30, 'd'), period(3, 'mo')), same(days));
  expect(instants.map(({ atMs }) => isoDay(atMs)).slice(0, 4)).toEqual([
    '2020-07-01',
    '2020-10-01',
    '2021-01-01',
    '2021-04-01',
  ]);
  expect(searchedAt(instants, period(1, 'y'))).toEqual([0, 0, 2, 2, 2, 2, 6, 6]);
});

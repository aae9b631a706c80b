import { describe, expect, test } from 'vitest';
import { type LaneTable, rowsOf } from '../../../../runtime/models/dataset/rows.ts';
import { sliceData } from '../../../../runtime/models/dataset/slice.ts';
import { FIRST_DAY, marketOf, walk } from '../pipeline/support.ts';

const NAN = Number.NaN;
const LENGTH = 10;
const column = (of: (i: number) => number) => Float64Array.from({ length: LENGTH }, (_, i) => of(i));

/** Ten ticks, a label that closes two ticks later, entered at the next open. */
function lane(more: Partial<LaneTable> = {}): LaneTable {
  return {
    features: [column(i => i), column(i => -i)],
    readyFrom: 0,
    settledFrom: 0,
    label: { value: column(i => 100 + i), horizon: 2 },
    uniqueness: [],
    weights: [],
    held: new Uint8Array(LENGTH),
    from: 0,
    to: LENGTH,
    ...more,
  };
}

const request = (...lanes: readonly LaneTable[]) => ({
  lanes,
  firstTick: 0,
  length: LENGTH,
  entryDelay: 1,
  after: -1,
  labelRow: (tick: number, horizon: number) => tick + horizon,
});

const ticksOf = (...lanes: readonly LaneTable[]) => [...rowsOf(request(...lanes)).tick];
const droppedBy = (table: LaneTable) => Object.entries(rowsOf(request(table)).dropped).filter(([, count]) => count > 0);
const ALL = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const without = (...gone: readonly number[]) => ALL.filter(tick => !gone.includes(tick));

describe('rows', () => {
  test('carry what was written two ticks later, or nothing yet', () => {
    const rows = rowsOf(request(lane()));
    expect([...rows.tick]).toEqual(ALL);
    expect([...rows.label]).toEqual([102, 103, 104, 105, 106, 107, 108, 109, NAN, NAN]);
    expect([...rows.end]).toEqual(ALL.map(tick => tick + 2));
    expect(rows.columns.map(values => values[3])).toEqual([3, -3]);
  });

  test('stand by tick, in one tick by lane', () => {
    const rows = rowsOf(request(lane({ from: 8 }), lane({ from: 7 }), lane({ from: 9 })));
    expect([...rows.tick]).toEqual([7, 8, 8, 9, 9, 9]);
    expect([...rows.lane]).toEqual([1, 0, 1, 0, 1, 2]);
  });

  test.each<[string, Partial<LaneTable>, readonly number[], readonly (readonly [string, number])[]]>([
    ['not ready', { readyFrom: 3 }, without(0, 1, 2), [['not ready', 3]]],
    [
      'not settled',
      { readyFrom: 1, settledFrom: 3 },
      without(0, 1, 2),
      [
        ['not ready', 1],
        ['not settled', 2],
      ],
    ],
    [
      'when false or unknown',
      { when: column(i => (i === 4 ? 0 : i === 5 ? NAN : 1)) },
      without(4, 5),
      [['when is not true', 2]],
    ],
    [
      'no feature',
      { features: [column(i => (i === 6 ? NAN : i)), column(i => (i >= 5 && i <= 6 ? NAN : i))] },
      without(6),
      [['all features absent', 1]],
    ],
    [
      'held: as entry of 3, as exit of 2',
      { held: Uint8Array.from(ALL, i => Number(i === 4)) },
      without(2, 3),
      [
        ['entry bar held or absent', 1],
        ['exit bar held or absent', 1],
      ],
    ],
    ['no label', { label: { value: column(i => (i === 5 ? NAN : i)), horizon: 2 } }, without(3), [['label absent', 1]]],
    ['no weight', { weights: [column(i => (i === 1 ? NAN : 1))] }, without(1), [['weight absent', 1]]],
  ])('%s', (_, more, ticks, dropped) => {
    expect(ticksOf(lane(more))).toEqual(ticks);
    expect(droppedBy(lane(more))).toEqual(dropped);
  });

  test('that end earlier leave at their real end', () => {
    const label = { value: column(i => i), end: column(() => 1), horizon: 2 };
    expect([...rowsOf(request(lane({ label }))).end].slice(0, 8)).toEqual(ALL.slice(0, 8).map(tick => tick + 1));
    const held = Uint8Array.from(ALL, i => Number(i === 5));
    // The bar at the horizon may be held where the label had ended before.
    expect(droppedBy(lane({ label, held }))).toEqual([['entry bar held or absent', 1]]);
  });

  test('of one that is delisted keep a label that leaves after its last bar', () => {
    const delisted = lane({ to: 6 });
    expect(ticksOf(delisted)).toEqual([0, 1, 2, 3, 4]);
    expect(droppedBy(delisted)).toEqual([['entry bar held or absent', 1]]);
  });

  test('before the window are neither kept nor counted', () => {
    const rows = rowsOf({ ...request(lane({ readyFrom: 6 })), after: 4 });
    expect([...rows.tick]).toEqual([6, 7, 8, 9]);
    expect(rows.dropped['not ready']).toBe(1);
  });

  test('under this close enter at their own bar', () => {
    const held = Uint8Array.from(ALL, i => Number(i === 4));
    expect([...rowsOf({ ...request(lane({ held })), entryDelay: 0 }).tick]).toEqual(without(2, 4));
  });
});

describe('a stretch of the data', () => {
  const DAY_MS = 86_400_000;
  const daily = { kind: 'fixed', ms: DAY_MS, anchorMs: 0 } as const;
  const weekly = { kind: 'fixed', ms: 7 * DAY_MS, anchorMs: 4 * DAY_MS } as const;

  test('has the bars in it, and nothing else', () => {
    const data = marketOf([walk(1, 20), walk(2, 20, 6)]);
    const { data: cut, dropped } = sliceData(data, [{ period: daily }], 4, 15);
    expect(dropped).toEqual([4]);
    const [first, second] = cut.instruments;
    expect([first?.firstTick, first?.endTick, second?.firstTick, second?.endTick]).toEqual([0, 11, 2, 11]);
    expect(first?.clocks[0]?.firstOrdinal).toBe(FIRST_DAY + 4);
    expect(first?.clocks[0]?.fields.close).toEqual(data.instruments[0]?.clocks[0]?.fields.close?.subarray(4, 15));
    expect(second?.held).toEqual(Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  });

  test('has the slow bars that lie wholly in it, as they are completed', () => {
    // 2020-01-01 is a Wednesday: weeks begin at ticks 5, 12, 19, 26.
    const base = walk(1, 40);
    const firstWeek = Math.floor(((FIRST_DAY + 5) * DAY_MS - 4 * DAY_MS) / (7 * DAY_MS));
    const weeks = { firstOrdinal: firstWeek, length: 4, fields: { close: Float64Array.of(1, 2, 3, 4) } };
    const completed = Int32Array.from({ length: 40 }, (_, tick) => Math.floor((tick - 11) / 7));
    const data = marketOf([{ ...base, clocks: [...base.clocks, weeks], completed: [new Int32Array(), completed] }]);
    const { data: cut, dropped } = sliceData(data, [{ period: daily }, { period: weekly }], 6, 26);
    expect(dropped).toEqual([6, 1]);
    expect(cut.instruments[0]?.clocks[1]).toMatchObject({ firstOrdinal: firstWeek + 1, length: 2 });
    expect([...(cut.instruments[0]?.clocks[1]?.fields.close ?? [])]).toEqual([2, 3]);
    // The first whole week ends with tick 18, which is 12 here.
    expect([...(cut.instruments[0]?.completed[1] ?? [])].slice(10, 14)).toEqual([-1, -1, 0, 0]);
  });

  test('takes predictions along on their own clock', () => {
    const data = {
      ...marketOf([walk(1, 20)]),
      predictions: new Map([
        ['m', [column(i => i)]],
        ['n', [column(i => i)]],
      ]),
    };
    const { data: cut } = sliceData(data, [{ period: daily }], 3, 8, key => (key === 'm' ? 0 : undefined));
    expect([...cut.predictions]).toEqual([['m', [Float64Array.of(3, 4, 5, 6, 7)]]]);
  });
});

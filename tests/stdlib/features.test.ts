/** The groups of features: what they say does not depend on the units that prices and volumes are quoted in. */
import { describe, expect, it } from 'vitest';
import type { BarColumns } from '../../runtime/data/series.ts';
import { evaluate, library } from '../support/evaluate.ts';
import { seededRandom } from '../support/mutate.ts';

const BARS = 600;
const WARM = 320;

/** A random walk with bars of every shape, from a seed. */
function bars(seed: number): BarColumns {
  const random = seededRandom(seed);
  const column = () => new Float64Array(BARS);
  const [open, high, low, close, volume] = [column(), column(), column(), column(), column()];
  let price = 100;
  for (let tick = 0; tick < BARS; tick++) {
    open[tick] = price * (1 + 0.002 * (random() - 0.5));
    close[tick] = tick % 50 === 0 ? open[tick] : open[tick] * (1 + 0.04 * (random() - 0.5));
    high[tick] = Math.max(open[tick], close[tick]) * (tick % 50 === 0 ? 1 : 1 + 0.01 * random());
    low[tick] = Math.min(open[tick], close[tick]) * (tick % 50 === 0 ? 1 : 1 - 0.01 * random());
    volume[tick] = 1 + 1000 * random();
    price = close[tick];
  }
  return { open, high, low, close, volume };
}

function scaled({ open, high, low, close, volume }: BarColumns, price: number, amount: number): BarColumns {
  const times = (column: Float64Array, factor: number) => column.map(value => value * factor);
  return {
    open: times(open, price),
    high: times(high, price),
    low: times(low, price),
    close: times(close, price),
    volume: times(volume, amount),
  };
}

const GROUPS = library().flatMap(tree =>
  tree.declarations.flatMap(declaration =>
    declaration.kind === 'features'
      ? [
          {
            name: declaration.name.text,
            columns: declaration.columns.flatMap(column =>
              column.kind === 'column'
                ? [
                    {
                      name: column.name.text,
                      text: tree.source.text.slice(column.value.span.start, column.value.span.end),
                    },
                  ]
                : [],
            ),
          },
        ]
      : [],
  ),
);

/** What a column says it lies between. */
const BETWEEN: Readonly<Record<string, readonly [number, number]>> = {
  close_in_bar: [0, 1],
  range: [0, 1],
  from_high_72: [-1, 0],
  up_volume_24: [0, 1],
  money_flow_20: [-1, 1],
  price_volume_24: [-1, 1],
  rsi_14: [0, 100],
  rsi_7: [0, 100],
  adx_14: [0, 100],
  direction_14: [-100, 100],
  stochastic_14: [0, 100],
  williams_14: [-100, 0],
  mfi_14: [0, 100],
};

describe.each(GROUPS)('$name', ({ columns }) => {
  const market = bars(7);
  const values = evaluate(
    columns.map(({ text }) => text),
    market,
  );

  it('has a value at every bar once it is warm, not the same one twice running', () => {
    for (const [index, { name }] of columns.entries()) {
      const column = values[index]?.subarray(WARM) ?? new Float64Array();
      expect([name, column.every(Number.isFinite), new Set(column).size > BARS / 8]).toEqual([name, true, true]);
      const [low, high] = BETWEEN[name] ?? [-1000, 1000];
      expect([name, column.every(value => value >= low && value <= high)]).toEqual([name, true]);
    }
  });

  it('is the same in cents and in thousands of coins', () => {
    // Powers of two change no digit of a ratio.
    const other = evaluate(
      columns.map(({ text }) => text),
      scaled(market, 128, 1 / 1024),
    );
    for (const [index, { name }] of columns.entries()) expect([name, other[index]]).toEqual([name, values[index]]);
  });
});

describe('some columns, from their definitions', () => {
  const market = bars(11);
  const { open, high, low, close, volume } = market;
  const group = (name: string) => GROUPS.find(known => known.name === name)?.columns ?? [];
  const column = (name: string, from: string) => {
    const text = group(from).find(known => known.name === name)?.text;
    if (text === undefined) throw new Error(`no column ${name}`);
    return evaluate([text], market)[0] ?? new Float64Array();
  };
  const last = <T>(tick: number, n: number, of: (at: number) => T) =>
    Array.from({ length: n }, (_, k) => of(tick - n + 1 + k));
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  const deviation = (numbers: readonly number[]) => {
    const mean = sum(numbers) / numbers.length;
    return Math.sqrt(sum(numbers.map(x => (x - mean) ** 2)) / numbers.length);
  };
  const growth = (tick: number) => close[tick] / close[tick - 1] - 1;

  it.each([
    ['volatility_24', 'price_features', (t: number) => deviation(last(t, 24, growth))],
    ['from_high_72', 'price_features', (t: number) => close[t] / Math.max(...last(t, 72, at => high[at])) - 1],
    ['gap', 'price_features', (t: number) => open[t] / close[t - 1] - 1],
    ['volume_24', 'volume_features', (t: number) => volume[t] / (sum(last(t, 24, at => volume[at])) / 24)],
    [
      'from_vwap_24',
      'volume_features',
      (t: number) =>
        close[t] / (sum(last(t, 24, at => close[at] * volume[at])) / sum(last(t, 24, at => volume[at]))) - 1,
    ],
    [
      'up_volume_24',
      'volume_features',
      (t: number) =>
        sum(last(t, 24, at => (close[at] > open[at] ? volume[at] : 0))) / sum(last(t, 24, at => volume[at])),
    ],
    [
      'money_flow_20',
      'volume_features',
      (t: number) => {
        const place = (at: number) =>
          high[at] > low[at] ? (close[at] - low[at] - (high[at] - close[at])) / (high[at] - low[at]) : 0;
        return sum(last(t, 20, at => place(at) * volume[at])) / sum(last(t, 20, at => volume[at]));
      },
    ],
    [
      'bollinger_position',
      'technical_indicators',
      (t: number) => {
        const closes = last(t, 20, at => close[at]);
        const spread = 2 * deviation(closes);
        return (close[t] - (sum(closes) / 20 - spread)) / (2 * spread);
      },
    ],
  ] as const)('%s', (name, from, expected) => {
    const found = column(name, from);
    for (let tick = WARM; tick < BARS; tick++) expect(found[tick]).toBeCloseTo(expected(tick), 9);
  });
});

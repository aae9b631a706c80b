import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { BarColumns } from '../../runtime/data/series.ts';
import { evaluate } from '../support/evaluate.ts';

interface Golden {
  readonly source: string;
  readonly samples: readonly number[];
  readonly outputs: Readonly<Record<string, readonly (number | null)[]>>;
}

const golden: Golden = JSON.parse(readFileSync(new URL('talib.golden.json', import.meta.url), 'utf8'));

/** The bars of golden_talib.py, from the same integer arithmetic. */
function simulatedBars(count: number): BarColumns {
  let state = 20260101;
  const draw = (n: number) => {
    state = (state * 16807) % 2147483647;
    return Math.floor(state / 16) % n;
  };
  const rows: number[][] = [];
  let price = 10000;
  for (let i = 0; i < count; i++) {
    const open = price;
    const close = open + draw(201) - 100;
    const high = Math.max(open, close) + draw(60);
    const low = Math.min(open, close) - draw(60);
    rows.push([open / 100, high / 100, low / 100, close / 100, 1000 + draw(9000)]);
    price = close;
  }
  const column = (index: number) => Float64Array.from(rows, row => row[index]);
  return { open: column(0), high: column(1), low: column(2), close: column(3), volume: column(4) };
}

/** Where we start differently and meet later, the tick from which values must agree, and why. */
const AGREES_FROM: Readonly<Record<string, { readonly tick: number; readonly why: string }>> = {
  'psar(0.02, 0.2).line': {
    tick: 20,
    why: 'the first stop is capped by one bar more; equal from the first reversal on',
  },
};

/** TA-Lib holds back an output until its slowest sibling is ready; ours appear as soon as they can be computed. */
const STARTS_EARLIER: ReadonlySet<string> = new Set([
  'stochastic(14, 3, 3).k',
  'macd(close, 12, 26, 9).line',
  'dmi(14).plus',
  'dmi(14).minus',
]);

describe(`the library against ${golden.source}`, () => {
  const names = Object.keys(golden.outputs);
  const columns = evaluate(names, simulatedBars(260));
  it.each(names)('%s', name => {
    const column = columns[names.indexOf(name)];
    const from = AGREES_FROM[name]?.tick ?? 0;
    for (const [k, tick] of golden.samples.entries()) {
      if (tick < from) continue;
      const want = golden.outputs[name][k];
      const got = column[tick];
      if (want === null && STARTS_EARLIER.has(name)) continue;
      if (want === null) expect(got, `tick ${tick}`).toBeNaN();
      else
        expect(Math.abs(got - want), `tick ${tick}: ${got} is not ${want}`).toBeLessThan(
          1e-9 * Math.max(1, Math.abs(want)),
        );
    }
  });
});

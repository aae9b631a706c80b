/** Metrics against scikit-learn and scipy. */
import { expect, test } from 'vitest';
import { judge } from '../../../../runtime/models/metrics/judge.ts';
import type { Judged, Task } from '../../../../runtime/models/metrics/types.ts';
import { chance } from '../../../support/chance.ts';
import { askOracle, describeWithOracle } from '../../../support/oracle.ts';

type Answer = Readonly<Record<string, unknown>>;
const seeds = Array.from({ length: 10 }, (_, i) => i + 1);
const names = ['up', 'flat', 'down'];

function oneLane(prediction: readonly Float64Array[], label: Float64Array, weight?: Float64Array): Judged {
  const tick = Int32Array.from(label, (_, row) => row);
  return { tick, lane: new Int32Array(label.length), label, prediction, ...(weight !== undefined && { weight }) };
}

/** Half of the cases have coarse predictions, so that many tie. */
function binaryCase(seed: number): Judged {
  const { uniform } = chance(seed);
  const raw = Float64Array.from({ length: 80 + 20 * seed }, uniform);
  const prediction = seed % 2 === 0 ? raw.map(p => Math.round(8 * p) / 8) : raw;
  const label = raw.map(p => Number(uniform() < 0.25 + 0.5 * p));
  return oneLane(
    [prediction],
    label,
    label.map(() => (seed % 3 === 0 ? 1 : 0.1 + uniform())),
  );
}
function classCase(seed: number): Judged {
  const { uniform } = chance(seed + 50);
  const rows = Array.from({ length: 150 }, () => {
    const raw = names.map(() => (seed % 2 === 0 ? Math.ceil(4 * uniform()) : uniform() + 0.05));
    const sum = raw.reduce((a, b) => a + b, 0);
    return raw.map(value => value / sum);
  });
  const label = Float64Array.from(rows, ([a = 0, b = 0]) => {
    const u = 0.7 * uniform() + 0.3 * uniform();
    return u < a ? 0 : u < a + b ? 1 : 2;
  });
  return oneLane(
    names.map((_, k) => Float64Array.from(rows, row => row[k] ?? 0)),
    label,
    label.map(() => 0.5 + uniform()),
  );
}
function numberCase(seed: number): Judged & { readonly at: number } {
  const { normal, uniform } = chance(seed + 100);
  const label = Float64Array.from({ length: 120 }, normal);
  const weight = label.map(() => 0.5 + uniform());
  return { ...oneLane([label.map(y => 0.6 * y + normal())], label, weight), at: seed / 11 };
}
/** Members come and go; some ticks are missing, some have too few members. */
function panelCase(seed: number): Judged & { readonly horizon: number } {
  const { normal, uniform } = chance(seed + 200);
  const tick: number[] = [];
  const lane: number[] = [];
  for (let t = 0; t < 60; t++)
    for (let l = 0; l < 9; l++)
      if (t % 7 !== 3 && uniform() < 0.75) {
        tick.push(t);
        lane.push(l);
      }
  let mood = 0;
  const label = Float64Array.from(tick, normal);
  const prediction = label.map((y, row) => {
    if (tick[row] !== tick[row - 1]) mood = 0.8 * mood + 0.3 * normal();
    const raw = (0.3 + mood) * y + normal();
    return seed % 2 === 0 ? Math.round(raw) : raw;
  });
  return { tick: Int32Array.from(tick), lane: Int32Array.from(lane), label, prediction: [prediction], horizon: seed };
}

const cases = {
  binary: seeds.map(binaryCase),
  classes: seeds.map(classCase),
  number: seeds.map(numberCase),
  panel: seeds.map(panelCase),
};

describeWithOracle('metrics', () => {
  let asked: Readonly<Record<keyof typeof cases, readonly Answer[]>> | undefined;
  const answers = (of: keyof typeof cases): readonly Answer[] => {
    const plain = ({ tick, lane, label, prediction, weight, ...rest }: Judged, single: boolean) => ({
      ...rest,
      tick: [...tick],
      lane: [...lane],
      label: [...label],
      prediction: single ? [...(prediction[0] ?? [])] : prediction.map(column => [...column]),
      weight: [...(weight ?? [])],
    });
    asked ??= askOracle('metrics', {
      binary: cases.binary.map(judged => plain(judged, true)),
      classes: cases.classes.map(judged => plain(judged, false)),
      number: cases.number.map(judged => plain(judged, true)),
      panel: cases.panel.map(judged => plain(judged, true)),
    }) as Readonly<Record<keyof typeof cases, readonly Answer[]>>;
    return asked[of];
  };
  const agree = (judged: Judged, task: Task, horizon: number, answer: Answer | undefined) => {
    const { values, confusion } = judge(judged, task, horizon);
    for (const [name, theirs] of Object.entries(answer ?? {}))
      if (name === 'confusion')
        confusion?.counts.flat().forEach((count, i) => {
          expect(count).toBeCloseTo((theirs as readonly number[][]).flat()[i] ?? Number.NaN, 9);
        });
      else if (values[name] !== undefined) expect(values[name], name).toBeCloseTo(theirs as number, 11);
    return Object.keys(answer ?? {}).filter(name => values[name] !== undefined);
  };

  test('of probabilities, with weights and ties', () => {
    cases.binary.forEach((judged, i) => {
      const unweighted = ['ic', 'linear_ic'];
      expect(agree(judged, { kind: 'binary' }, 1, answers('binary')[i])).toEqual(expect.arrayContaining(unweighted));
    });
  });
  test('of classes', () => {
    cases.classes.forEach((judged, i) => {
      expect(agree(judged, { kind: 'classes', names }, 1, answers('classes')[i]).length).toBe(4);
    });
  });
  test('of numbers and quantiles', () => {
    cases.number.forEach((judged, i) => {
      expect(agree(judged, { kind: 'number' }, 1, answers('number')[i])).toEqual(['rmse', 'mae', 'r2']);
      const asked = agree(judged, { kind: 'quantile', at: judged.at }, 1, answers('number')[i]);
      expect(asked).toEqual(['mae', 'quantile_loss']);
    });
  });
  test('of orders at a tick, with gaps, ties and overlapping labels', () => {
    cases.panel.forEach((judged, i) => {
      expect(agree(judged, { kind: 'rank' }, judged.horizon, answers('panel')[i]).length).toBe(6);
    });
  });
});

/** What a training says besides its figures: rows that its trainer could not learn from, and why a device was taken or not. */
import { expect, test } from 'vitest';
import { ModelError } from '../../../../runtime/models/errors.ts';
import { evaluate } from '../../../../runtime/models/pipeline/evaluate.ts';
import { Registry } from '../../../../runtime/models/registry/registry.ts';
import { foldsOf, marketOf, modelNamed, prepareOn, programOf, temporaryFolder, walk } from './support.ts';

/** A block of which one feature is absent where a bar falls. */
const absent = (model: string) => `strategy "Told"
instrument "BTC/USDT" on binance
every 1d
features x {
  a = close / close[3] - 1
  b = sqrt(close - open)
}
label edge = forward_return(2)
model m = ${model}
train m walk_forward { window: 200d  retrain: 3mo  min_rows: 50 }
when predict(m) > 0 enter long { size: 50% of equity }
when predict(m) < 0 exit
`;
test('rows with an absent feature that a linear model leaves out are counted with those dropped', async () => {
  const data = marketOf([walk(3, 500)]);
  const prepared = await prepareOn(programOf(absent('ridge learn edge from x')), data);
  const { open, close } = data.instruments[0]?.clocks[0]?.fields ?? {};
  const report = await evaluate(modelNamed(prepared), new Registry(temporaryFolder()), 0);
  let checked = 0;
  for (const [number, { fold, made }] of foldsOf(prepared).entries()) {
    const lacking = [...fold.train].filter(row => {
      const tick = made.rows.tick[row] ?? -1;
      return (close?.[tick] ?? 0) < (open?.[tick] ?? 0);
    });
    expect(lacking.length).toBeGreaterThan(10);
    expect(report?.folds[number]?.dropped['a feature absent']).toBe(lacking.length);
    checked++;
  }
  expect(checked).toBeGreaterThan(1);
  // Trees learn from them.
  const trees = await prepareOn(programOf(absent('xgboost learn edge from x { n_estimators: 2 }')), data);
  const other = await evaluate(modelNamed(trees), new Registry(temporaryFolder()), 0);
  for (const { dropped } of other?.folds ?? []) expect(dropped).not.toHaveProperty('a feature absent');
});

test('why a device that was asked for is taken or not is told; of the others nothing is', async () => {
  const data = marketOf([walk(4, 400)]);
  const said: string[] = [];
  const devices = { cacheFolder: temporaryFolder(), log: (line: string) => void said.push(line) };
  const plain = absent('mlp learn edge from x { hidden: 4  epochs: 1  impute: median }');
  await prepareOn(programOf(plain), data, { devices });
  expect(said).toEqual([]);
  const named = programOf(plain.replace('epochs: 1', 'epochs: 1  device: cuda'));
  const refusal = await prepareOn(named, data, { devices }).then(
    () => undefined,
    (error: unknown) => error,
  );
  // Where there is a card it serves.
  if (refusal !== undefined) expect(refusal instanceof ModelError && refusal.code).toBe('E1170');
  expect(said.length).toBeGreaterThan(0);
  for (const line of said) expect(line).toMatch(/^cuda /);
});

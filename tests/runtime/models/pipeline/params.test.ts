/** A search over params of the language: nested, recorded, pruned by `require`; versions carry what was chosen for them. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunData } from '../../../../compiler/kernel/run.ts';
import { evaluate } from '../../../../runtime/models/pipeline/evaluate.ts';
import { plansOf } from '../../../../runtime/models/pipeline/plans.ts';
import { Registry } from '../../../../runtime/models/registry/registry.ts';
import type { TrainedOrigin, Version } from '../../../../runtime/models/registry/version.ts';
import { foldsOf, marketOf, modelNamed, noisyAfter, prepareOn, programOf, temporaryFolder, walk } from './support.ts';

interface Wishes {
  readonly fast?: string;
  readonly slow?: string;
  readonly model?: string;
  readonly when?: string;
  readonly search?: string;
  readonly rules?: string;
  readonly requires?: string;
}

const SEARCH = 'search { method: random  trials: 4  score: log_loss  inner: purged_kfold(3)  every: 6mo }';

function textOf({
  fast = '4 in 2..30',
  slow = '20',
  model = '{ n_estimators: 3  max_depth: 2 }',
  when = '',
  search = SEARCH,
  rules = '',
  requires = '',
}: Wishes = {}): string {
  const text = `strategy "Searched params"
instrument "BTC/USDT" on binance
every 1d
${isRange(fast) ? `param fast: bars = ${fast}` : ''}
${isRange(slow) ? `param slow: bars = ${slow}` : ''}
${requires}
features x {
  a = close / sma(close, fast) - 1
  b = stdev(returns(close), slow)
}
label win = forward_return(3) > 0
model m = xgboost learn win from x ${when} ${model}
train m walk_forward { window: 300d  retrain: 3mo  min_rows: 60  ${search} }
${rules}
when predict(m) > 0.5 enter long { size: 50% of equity }
when predict(m) < 0.5 exit
`;
  // A length is a number or has a range.
  return [['fast', fast] as const, ['slow', slow] as const].reduce(
    (all, [name, value]) => (isRange(value) ? all : all.replaceAll(name, value)),
    text,
  );
}

function isRange(value: string): boolean {
  return value.includes(' in ');
}

function market(seed = 1): RunData {
  return marketOf([walk(seed, 850)]);
}

function versionsOf(folds: ReturnType<typeof foldsOf>): readonly Version[] {
  return folds.flatMap(({ version }) => version ?? []);
}

function searchOf({ origin }: Version): TrainedOrigin['search'] {
  return origin.kind === 'trained' ? origin.search : undefined;
}

/** The same strategy with a number in place of the range: nothing is searched. */
async function outputsWith(fast: number, data: RunData): Promise<Float64Array> {
  const prepared = await prepareOn(programOf(textOf({ fast: `${fast}`, search: '' })), data);
  return modelNamed(prepared).outputs[0]?.[0] ?? new Float64Array();
}

describe('a search over params', () => {
  test('chooses them within its own span and makes rows, version and predictions with them', async () => {
    const data = market();
    const prepared = await prepareOn(programOf(textOf()), data);
    const folds = foldsOf(prepared);
    const versions = versionsOf(folds);
    expect(versions.length).toBeGreaterThan(3);
    const values = new Set(versions.map(({ params }) => params?.fast));
    expect(values.size).toBeGreaterThan(1);
    expect(values).not.toContain(undefined);
    const { servedBy, outputs, table } = modelNamed(prepared);
    for (const [number, version] of versions.entries()) {
      const fast = version.params?.fast ?? Number.NaN;
      expect(fast).toBeGreaterThanOrEqual(2);
      expect(fast).toBeLessThanOrEqual(30);
      expect(Number.isInteger(fast)).toBe(true);
      expect(foldsOf(prepared)[number]?.ground.params.fast).toBe(fast);
      // What a strategy with this very number would have said, by a version made with it.
      const alone = await outputsWith(fast, data);
      for (const [tick, by] of servedBy.entries()) {
        if (by !== number) continue;
        expect(outputs[0]?.[0]?.[tick]).toBe(alone[tick]);
        const closes = data.instruments[0]?.clocks[0]?.fields.close;
        const mean = (closes?.slice(tick - fast + 1, tick + 1) ?? []).reduce((sum, x) => sum + x, 0) / fast;
        expect(table.columns[0]?.[0]?.[tick]).toBeCloseTo((closes?.[tick] ?? 0) / mean - 1, 9);
      }
    }
  });

  test('is made anew in each period, and holds for all of it', async () => {
    const folds = foldsOf(await prepareOn(programOf(textOf()), market(2)));
    for (const { version, instant } of folds) {
      if (version === undefined) continue;
      const half = (ms: number) => new Date(ms).getUTCFullYear() * 2 + Number(new Date(ms).getUTCMonth() >= 6);
      const same = folds.filter(other => half(other.instant.gridMs) === half(instant.gridMs));
      expect(same.filter(other => other.version !== undefined && searchOf(other.version) !== undefined).length).toBe(1);
      expect(new Set(same.map(other => other.version?.params?.fast)).size).toBe(1);
    }
  });

  test('knows nothing of what comes after T: versions and their bytes stay', async () => {
    const data = market(3);
    const program = programOf(textOf());
    const before = foldsOf(await prepareOn(program, data));
    const at = before[3]?.instant.baseTick ?? 0;
    const after = foldsOf(await prepareOn(program, noisyAfter(data, at)));
    for (let fold = 0; fold <= 3; fold++) {
      expect(after[fold]?.version?.id).toBe(before[fold]?.version?.id);
      expect(after[fold]?.version?.digest).toBe(before[fold]?.version?.digest);
    }
    expect(after.at(-1)?.version?.id).not.toBe(before.at(-1)?.version?.id);
  });

  test('reads bars that only another value reaches: the version that it is made for has another id', async () => {
    const data = market(4);
    const program = programOf(textOf({ fast: '2 in 2..120 step 59', slow: '5' }));
    const folds = foldsOf(await prepareOn(program, data));
    const first = folds.find(
      ({ version, instant }) => version !== undefined && searchOf(version) !== undefined && instant.after > 150,
    );
    expect(first).toBeDefined();
    const number = folds.indexOf(first as (typeof folds)[number]);
    // 60 bars before the window: `fast` of 2 never sees them, one of 120 does.
    const place = (first?.instant.after ?? 0) - 60;
    const close = data.instruments[0]?.clocks[0]?.fields.close;
    close?.set([(close[place] ?? 0) * 1.001], place);
    const changed = foldsOf(await prepareOn(program, data));
    expect(changed[number]?.version?.id).not.toBe(folds[number]?.version?.id);
  });

  test('leaves out what `require` refuses, and records it', async () => {
    const requires = 'require fast < slow / 2';
    const program = programOf(textOf({ requires, search: SEARCH.replace('trials: 4', 'trials: 6') }));
    const versions = versionsOf(foldsOf(await prepareOn(program, market(5))));
    const trials = versions.flatMap(version => searchOf(version)?.trials ?? []);
    const fastOf = (point: Readonly<Record<string, unknown>>) => Number(point['params.fast']);
    const pruned = trials.filter(({ state }) => state === 'pruned');
    expect(pruned.length).toBeGreaterThan(0);
    for (const { point } of pruned) expect(fastOf(point)).toBeGreaterThanOrEqual(10);
    for (const { point, state } of trials) if (state === 'done') expect(fastOf(point)).toBeLessThan(10);
    for (const { params } of versions) expect(params?.fast).toBeLessThan(10);
  });

  test('goes together with settings, and keeps names apart', async () => {
    const text = textOf({ model: '{ n_estimators: 3 in 2..6  max_depth: 2 }' })
      .replaceAll('fast', 'n_estimators')
      .replace('xgboost learn win from x  { n_estimators:', 'xgboost learn win from x  { n_estimators:');
    const versions = versionsOf(foldsOf(await prepareOn(programOf(text), market(6))));
    const searched = versions.filter(version => searchOf(version) !== undefined);
    expect(searched.length).toBeGreaterThan(0);
    for (const version of searched) {
      const point = searchOf(version)?.point ?? {};
      expect(Object.keys(point).toSorted()).toEqual(['n_estimators', 'params.n_estimators']);
      expect(version.params).toEqual({ n_estimators: point['params.n_estimators'] });
      expect(version.origin.kind === 'trained' && version.origin.settings.n_estimators).toBe(point.n_estimators);
    }
  });

  test('broken off after any trial, ends in the bytes of an unbroken one', async () => {
    const data = market(7);
    const program = programOf(textOf());
    const whole = new Registry(temporaryFolder());
    await prepareOn(program, data, { registry: whole });
    const records = join(whole.folder, 'searches');
    const broken = new Registry(temporaryFolder());
    await prepareOn(program, data, { registry: broken });
    for (const name of readdirSync(records)) {
      const lines = readFileSync(join(records, name), 'utf8').split('\n');
      writeFileSync(join(broken.folder, 'searches', name), `${lines.slice(0, 2).join('\n')}\n${lines[2]?.slice(0, 9)}`);
    }
    rmSync(join(broken.folder, 'versions'), { recursive: true });
    const again = new Registry(broken.folder);
    const prepared = await prepareOn(program, data, { registry: again });
    expect(again.list()).toEqual(whole.list());
    for (const name of readdirSync(records))
      expect(readFileSync(join(again.folder, 'searches', name), 'utf8')).toBe(
        readFileSync(join(records, name), 'utf8'),
      );
    expect(existsSync(records)).toBe(true);
    // Found, not made: the same predictions.
    const found = await prepareOn(program, data, { registry: new Registry(whole.folder) });
    expect(modelNamed(found).outputs).toEqual(modelNamed(prepared).outputs);
    expect(foldsOf(found).every(({ isNew }) => !isNew)).toBe(true);
  });

  test('a version that was promoted answers with its own values', async () => {
    const data = market(8);
    const program = programOf(textOf());
    const registry = new Registry(temporaryFolder());
    const made = await prepareOn(program, data, { registry });
    const [first] = versionsOf(foldsOf(made));
    if (first === undefined) throw new Error('nothing was made');
    registry.promote(first);
    const promoted = modelNamed(await prepareOn(program, data, { registry }));
    const alone = modelNamed(made);
    const own = [...alone.servedBy.keys()].filter(tick => alone.servedBy[tick] === 0);
    expect(own.length).toBeGreaterThan(20);
    for (const tick of own) expect(promoted.outputs[0]?.[0]?.[tick]).toBe(alone.outputs[0]?.[0]?.[tick]);
    expect(promoted.servedBy.at(-1)).toBe(promoted.serving.length - 1);
    const last = promoted.table.columns[0]?.[0]?.at(-1) ?? Number.NaN;
    const closes = data.instruments[0]?.clocks[0]?.fields.close ?? new Float64Array();
    const fast = first.params?.fast ?? 0;
    const mean = closes.slice(-fast).reduce((sum, x) => sum + x, 0) / fast;
    expect(last).toBeCloseTo((closes.at(-1) ?? 0) / mean - 1, 9);
  });

  test('a run that begins later is told the same', async () => {
    const data = market(9);
    const program = programOf(textOf());
    const registry = new Registry(temporaryFolder());
    const [whole, later] = [
      await prepareOn(program, data, { registry }),
      await prepareOn(program, data, { registry, runStart: 600 }),
    ];
    const [key] = [...whole.predictions.keys()];
    const of = (prepared: typeof whole) => prepared.predictions.get(key ?? '')?.[0]?.slice(660);
    expect(of(later)).toEqual(of(whole));
  });

  test('is judged by rows and labels of its own values', async () => {
    const text = textOf({ fast: '3 in 2..9' }).replace('forward_return(3)', 'forward_return(fast)');
    const prepared = await prepareOn(programOf(text), market(10));
    const folds = foldsOf(prepared);
    for (const { version, ground } of folds) {
      if (version?.origin.kind !== 'trained') continue;
      expect(version.origin.label.horizon).toBe((version.params?.fast ?? 0) + 1);
      expect(ground.horizon).toBe((version.params?.fast ?? 0) + 1);
    }
    const report = await evaluate(modelNamed(prepared), new Registry(temporaryFolder()), 0);
    expect(report?.folds.map(({ params }) => params?.fast)).toEqual(folds.map(({ version }) => version?.params?.fast));
    expect(report?.pooled?.rows).toBeGreaterThan(200);
  });
});

describe('what is not searched', () => {
  test('a param that a rule reads too keeps its value, and it is said', async () => {
    const rules = 'when close > sma(close, fast) exit';
    const prepared = await prepareOn(programOf(textOf({ rules, slow: '20 in 10..30' })), market(11));
    const versions = versionsOf(foldsOf(prepared));
    for (const { params } of versions) expect(Object.keys(params ?? {})).toEqual(['slow']);
    const warning = prepared.warnings.find(({ code }) => code === 'E1118');
    expect(warning?.message).toContain('`fast`');
    expect(warning?.message).not.toContain('`slow`');
  });

  test('params without a range, of another model, and without a search', async () => {
    for (const wishes of [{ fast: '4' }, { search: '' }]) {
      const prepared = await prepareOn(programOf(textOf(wishes)), market(12));
      for (const { params } of versionsOf(foldsOf(prepared))) expect(params).toBeUndefined();
      expect(prepared.warnings.some(({ code }) => code === 'E1118')).toBe(false);
    }
  });

  test('a search with nothing to choose trains what is written, and says so', async () => {
    const says = async (wishes: Wishes) => {
      const { warnings } = await prepareOn(programOf(textOf(wishes)), market(12));
      return warnings.some(({ code }) => code === 'E1119');
    };
    expect(await says({ fast: '4' })).toBe(true);
    expect(await says({ fast: '4', search: '' })).toBe(false);
    expect(await says({ fast: '4', model: '{ n_estimators: 3  max_depth: 2 in 1..3 }' })).toBe(false);
    expect(await says({})).toBe(false);
  });

  test('what a prediction was made from is not read by the rule that asks for it', () => {
    const program = programOf(textOf({ slow: '20 in 10..30', requires: 'require fast < slow' }));
    const plans = plansOf(program);
    const [model] = program.models;
    if (model === undefined) throw new Error('no model');
    expect(plans.paramsOf(model)).toEqual(['fast', 'slow']);
    expect(plans.paramsOfRules()).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { METRIC_NAMES } from '../../../language/check/metrics.ts';
import type { Model, TrainerName } from '../../../language/check/model.ts';
import { predictionKey } from '../../../language/check/prediction.ts';
import {
  defaultSettings,
  TRAINER_NAMES,
  TRAINER_OBJECTIVES,
  TRAINER_SETTINGS,
} from '../../../language/check/trainer-settings.ts';
import { complaints, mended, program } from '../check/support.ts';

const DATA =
  'features x { r = close / close[5]  s = returns(close, 9) }\nlabel win = forward_return(6) > 0\nlabel edge = forward_return(6)\nlabel way = triple_barrier(1%, 1%, 24 bars)\n';
const TRAIN = 'train m walk_forward { window: 2y  retrain: 3mo }\n';
const VALID = 'train m walk_forward { window: 2y  retrain: 3mo  valid: 20% }\n';
const UNIVERSE = 'strategy "many"\nuniverse majors = "BTC/USDT", "ETH/USDT" on binance\nevery 1d\n';

function model(text: string, more = TRAIN): Model {
  const found = program(`${DATA}${text}\n${more}`);
  const [first] = found.models;
  if (!first) throw new Error(JSON.stringify(found.problems.map(({ code, facts }) => [code, facts])));
  return first;
}
const told = (text: string, more = TRAIN) => complaints(`${DATA}${text}\n${more}`);

describe('a model', () => {
  it('has what is unsaid as models.md says it', () => {
    expect(model('model m = xgboost learn win from x {}')).toMatchObject({
      name: 'm',
      source: { kind: 'trained', trainer: 'xgboost' },
      label: 0,
      block: 0,
      objective: { kind: 'logistic' },
      settings: [],
      seed: 0,
      steps: { scale: 'none', impute: 'none', select: [], calibrate: 'none' },
      device: 'auto',
      onFailure: 'hold',
      configured: false,
      training: {
        split: {
          kind: 'walk_forward',
          window: { kind: 'rolling', length: { kind: 'months', months: 24 } },
          retrain: { kind: 'months', months: 3 },
          trainLagMs: 3_600_000,
        },
        refit: false,
        minRows: 500,
      },
    });
    for (const absent of ['when', 'weight', 'accept', 'maxAgeMs'])
      expect(model('model m = xgboost learn win from x {}')).not.toHaveProperty(absent);
    expect(model('model m = xgboost learn win from x {}').training).not.toHaveProperty('earlyStoppingRounds');
  });

  it.each(['ridge', 'logistic', 'mlp'] as const)('%s scales its columns unless told otherwise', trainer => {
    const label = trainer === 'ridge' ? 'edge' : 'win';
    expect(model(`model m = ${trainer} learn ${label} from x {}`).steps.scale).toBe('standard');
    expect(model(`model m = ${trainer} learn ${label} from x { scale: none }`).steps.scale).toBe('none');
  });

  it('reads everything that can be said of it', () => {
    const text = `signal primary = close crosses above open
      model m = xgboost learn win from x when primary {
        weight: uniqueness(win) * decay(180d) * abs(returns(close, 3))
        n_estimators: 400 in 100..800 step 100
        max_depth: 5   learning_rate: 5%   grow_policy: lossguide   seed: 7
        clip: 4  impute: median  select: variance(0), correlation(0.95), gain(30)  calibrate: isotonic
        accept: auc >= 0.52   max_age: 30d   device: cpu   on_failure: last
      }`;
    expect(told(text, VALID)).toEqual([]);
    const found = model(text, VALID);
    expect(found).toMatchObject({
      when: { text: 'primary' },
      weight: [{ kind: 'uniqueness', label: 0 }, { kind: 'decay', halfLifeMs: 180 * 86_400_000 }, { kind: 'value' }],
      seed: 7,
      steps: {
        clip: 4,
        impute: 'median',
        select: [
          { by: 'variance', above: 0 },
          { by: 'correlation', below: 0.95 },
          { by: 'gain', keep: 30 },
        ],
        calibrate: 'isotonic',
      },
      accept: { metric: 'auc', comparison: '>=', value: 0.52 },
      maxAgeMs: 30 * 86_400_000,
      device: 'cpu',
      onFailure: 'last',
    });
    expect(found.settings.map(({ name, value, range }) => [name, value, range])).toEqual([
      ['n_estimators', 400, { low: 100, high: 800, step: 100 }],
      ['max_depth', 5, undefined],
      ['learning_rate', 0.05, undefined],
      ['grow_policy', 'lossguide', undefined],
    ]);
  });

  it('weighs all rows the same when it is told to', () => {
    expect(model('model m = xgboost learn win from x { weight: 1 }').weight).toEqual([]);
  });

  it.each([
    ['win', 'xgboost', '', { kind: 'logistic' }],
    ['way', 'xgboost', '', { kind: 'softmax', classes: ['up', 'flat', 'down'] }],
    ['edge', 'xgboost', '', { kind: 'squared' }],
    ['edge', 'xgboost', 'objective: huber', { kind: 'huber' }],
    ['edge', 'xgboost', 'objective: quantile(0.9)', { kind: 'quantile', at: 0.9 }],
    ['edge', 'xgboost', 'objective: rank', { kind: 'rank' }],
    ['way', 'logistic', '', { kind: 'softmax', classes: ['up', 'flat', 'down'] }],
  ])('of label %s by %s { %s }', (label, trainer, objective, expected) => {
    expect(model(`model m = ${trainer} learn ${label} from x { ${objective} }`).objective).toEqual(expected);
  });

  it.each([
    ['model m = xgbost learn win from x {}', ['E0170 xgbost']],
    ['model m = xgboost(5) learn win from x {}', ['E0151 xgboost(5)']],
    ['model m = xgboost from x {}', ['E0171 xgboost']],
    ['model m = xgboost learn wim from x {}', ['E0130 wim']],
    ['model m = xgboost learn win from y {}', ['E0130 y']],
    ['model m = xgboost learn win from x { max_dept: 5 }', ['E0160 max_dept']],
    ['model m = xgboost learn win from x { n_estimators: 0 }', ['E0442 0']],
    ['model m = xgboost learn win from x { n_estimators: 1.5 }', ['E0442 1.5']],
    ['model m = xgboost learn win from x { n_estimators: 400 in 800..100 }', ['E0162  400 in 800..100']],
    ['model m = xgboost learn win from x { n_estimators: 40 in 100..800 }', ['E0442  40 in 100..800']],
    ['model m = xgboost learn win from x { max_depth: close }', ['E0162 close']],
    ['model m = xgboost learn win from x { grow_policy: depth }', ['E0164 depth']],
    ['model m = xgboost learn win from x { colsample_bytree: 1.5 }', ['E0442 1.5']],
    ['model m = xgboost learn win from x { subsample: 0 }', ['E0442 0']],
    ['model m = ridge learn edge from x { max_depth: 5 }', ['E0160 max_depth']],
    ['model m = ridge learn win from x {}', ['E0172 ridge']],
    ['model m = xgboost learn win from x { objective: rank }', ['E0172 objective: rank']],
    ['model m = xgboost learn edge from x { objective: hubr }', ['E0164 hubr']],
    ['model m = xgboost learn edge from x { objective: quantile(90) }', ['E0442 90']],
    ['model m = xgboost learn edge from x { calibrate: platt }', ['E0172 calibrate: platt']],
    ['model m = xgboost learn win from x { accept: rmse <= 1 }', ['E0174 rmse']],
    ['model m = xgboost learn win from x { accept: auc }', ['E0162 auc']],
    ['model m = xgboost learn win from x { accept: auc >= 0.5 }', ['E0163 accept: auc >= 0.5']],
    ['model m = xgboost learn win from x { calibrate: platt }', ['E0163 calibrate: platt']],
    ['model m = xgboost learn win from x { calibrate: none }', []],
    ['model m = xgboost learn edge from x { objective: rank }', ['E0172 objective: rank']],
    ['model m = xgboost learn win from x { select: best(3) }', ['E0162 best(3)']],
    ['model m = xgboost learn win from x { seed: -1 }', ['E0442 -1']],
    ['model m = xgboost learn win from x { weight: uniqueness(5) }', ['E0162 uniqueness(5)']],
    ['model m = xgboost learn win from x { weight: decay(win) }', ['E0162 decay(win)']],
    ['model m = xgboost learn win from x when close {}', ['E0403 close']],
    ['at day { let t = close > open }\nmodel m = xgboost learn win from x when t {}', ['E0211 t']],
    ['at day { let d = returns(close, 2) }\nmodel m = xgboost learn win from x { weight: d }', ['E0211 d']],
  ])('%s', (text, expected) => {
    expect(told(text)).toEqual(expected);
  });

  it('suggests the trainer and the setting that were meant', () => {
    expect(mended(`${DATA}model m = xgbost learn win from x {}\n${TRAIN}`, 'E0170')).toContain('= xgboost learn');
    expect(mended(`${DATA}model m = xgboost learn win from x { max_dept: 5 }\n${TRAIN}`, 'E0160')).toContain(
      'max_depth: 5',
    );
  });

  it('from a file is not trained, and may say up to when it was', () => {
    const text = 'model m = onnx("m.onnx", trained_to = 2023-12-31) from x { device: cuda }';
    expect(model(text, '')).toMatchObject({
      source: { kind: 'file', path: 'm.onnx', trainedToMs: Date.UTC(2023, 11, 31) },
      device: 'cuda',
      objective: { kind: 'squared' },
    });
    expect(told(text, 'let p = predict(m)')).toEqual([]);
    expect(told('model m = onnx("m.onnx") learn way from x {}', 'let p = predict(m).up')).toEqual([]);
    expect(told(text)).toEqual([`E0178 ${TRAIN.trim()}`]);
    expect(told('model m = onnx("m.onnx", trained = 2023-12-31) from x {}', '')).toEqual([
      'E0151 trained = 2023-12-31',
    ]);
    expect(told('model m = onnx("m.onnx", trained_to = 5) from x {}', '')).toEqual(['E0162 5']);
    expect(told('model m = onnx(m) from x {}', '')).toEqual(['E0151 m']);
  });
});

describe('training', () => {
  const MODEL = 'model m = xgboost learn win from x {}';
  const split = (text: string) => model(MODEL, `train m ${text}`).training;

  it.each([
    [
      'walk_forward { window: expanding  from: 2019-01-01  retrain: 1w }',
      { split: { window: { kind: 'expanding', fromMs: Date.UTC(2019, 0, 1) } } },
    ],
    ['walk_forward { window: 2y  retrain: 3mo  train_lag: 90m }', { split: { trainLagMs: 7_200_000 } }],
    ['walk_forward { window: 2y  retrain: 3mo  valid: 20% }', { valid: 0.2, earlyStoppingRounds: 50 }],
    [
      'walk_forward { window: 2y  retrain: 3mo  valid: 20%  early_stopping_rounds: 20  refit: yes  min_rows: 50 }',
      { earlyStoppingRounds: 20, refit: true, minRows: 50 },
    ],
    ['hold_out { at: 2023-01-01 }', { split: { kind: 'hold_out', atMs: Date.UTC(2023, 0, 1) } }],
    ['purged_kfold {}', { split: { kind: 'purged_kfold', folds: 5, test: 1, embargo: 'auto' } }],
    [
      'combinatorial { folds: 8  test: 3  embargo: 24 bars }',
      { split: { kind: 'combinatorial', folds: 8, test: 3, embargo: 24 } },
    ],
    [
      'walk_forward { window: 2y  retrain: 3mo  search { method: random  trials: 9  inner: combinatorial(6, 2)  every: 6mo } }',
      {
        search: {
          method: 'random',
          trials: 9,
          score: 'log_loss',
          inner: { kind: 'combinatorial', folds: 6, test: 2, embargo: 'auto' },
          every: { kind: 'months', months: 6 },
        },
      },
    ],
  ])('%s', (text, expected) => {
    expect(split(text)).toMatchObject(expected);
  });

  it.each([
    ['train m walkforward { window: 2y }', ['E0173 walkforward']],
    ['train m walk_forward { window: 2y }', ['E0163 walk_forward']],
    ['train m walk_forward { retrain: 3mo }', ['E0163 walk_forward']],
    ['train m walk_forward { windw: 2y  retrain: 3mo }', ['E0160 windw']],
    ['train m walk_forward { window: 5  retrain: 3mo }', ['E0162 5']],
    ['train m walk_forward { window: expanding  retrain: 3mo }', ['E0163 walk_forward']],
    ['train m walk_forward { window: 2y  from: 2020-01-01  retrain: 3mo }', ['E0160 from']],
    ['train m walk_forward { window: 2y  retrain: 3mo  valid: 2 }', ['E0442 2']],
    ['train m walk_forward { window: 2y  retrain: 3mo  refit: yes }', ['E0163 refit: yes']],
    ['train m hold_out {}', ['E0163 hold_out']],
    ['train m hold_out { at: 5 }', ['E0162 5']],
    ['train m purged_kfold { folds: 1 }', ['E0442 1']],
    ['train m combinatorial { folds: 4  test: 4 }', ['E0442 test: 4']],
    ['train m walk_forward { window: 2y  retrain: 3mo  search { score: rmse } }', ['E0174 rmse']],
    ['train m walk_forward { window: 2y  retrain: 3mo  search { inner: kfold(4) } }', ['E0162 kfold(4)']],
    [`${TRAIN}${TRAIN.trim()}`, [`E0169 ${TRAIN.trim()}`]],
    ['train n walk_forward { window: 2y  retrain: 3mo }', ['E0130 n']],
  ])('%s', (text, expected) => {
    expect(told(MODEL, text)).toEqual(expected);
  });

  it('says that an embargo does nothing where training never follows a test', () => {
    const warned = (text: string) => program(`${DATA}${MODEL}\n${text}`).problems.some(({ code }) => code === 'W0301');
    expect(warned('train m walk_forward { window: 2y  retrain: 3mo  embargo: 24 bars }')).toBe(true);
    expect(warned('train m purged_kfold { embargo: 24 bars }')).toBe(false);
  });
});

describe('predictions', () => {
  const M = (label: string, more = '') => `${DATA}model m = xgboost learn ${label} from x { ${more} }\n${TRAIN}`;
  const nodesNamed = (body: string, name: string, head?: string) => {
    const { nodes, streams } = program(body, head);
    return streams.filter(stream => stream.name === name).map(({ node }) => nodes[node]);
  };

  it('have the columns of the block as their arguments, then the condition', () => {
    const found = program(`${DATA}model m = xgboost learn win from x when close > open {}\n${TRAIN}let p = predict(m)`);
    const p = found.nodes[found.streams.find(({ name }) => name === 'p')?.node ?? -1];
    const [block] = found.blocks;
    expect(p).toMatchObject({ op: 'predict', attrs: { name: 'm' }, base: 'num', unit: { flavour: 'ratio' } });
    expect(p?.args).toEqual([...(block?.columns.map(({ node }) => node) ?? []), found.models[0]?.when?.node]);
  });

  it.each([
    ['win', '', 'ratio'],
    ['edge', '', 'ratio'],
    ['edge', 'objective: rank', 'plain'],
  ])('of %s { %s } are a %s', (label, more, flavour) => {
    expect(nodesNamed(`${M(label, more)}let p = predict(m)`, 'p')[0]?.unit.flavour).toBe(flavour);
  });

  it('of classes are one a class, and the likeliest', () => {
    const { nodes, streams } = program(`${M('way')}let p = predict(m)\nlet q = likeliest(m) is flat`);
    expect(streams.map(({ name }) => name)).toEqual(['p.up', 'p.flat', 'p.down', 'q']);
    expect(streams.map(({ node }) => nodes[node]?.attrs.field)).toEqual(['up', 'flat', 'down', undefined]);
  });

  it('may be made from another block with the same columns', () => {
    const body = `${M('win')}features y { r = open / open[5]  s = returns(open, 9) }\nlet p = predict(m, y)\nlet q = predict(m, x)`;
    expect(complaints(body)).toEqual([]);
    expect(nodesNamed(body, 'p')[0]?.attrs).toEqual({ name: 'm', block: 1 });
    expect(nodesNamed(body, 'q')[0]?.attrs).toEqual({ name: 'm' });
  });

  it.each([
    ['win', 'let p = predict(n)', ['E0130 n']],
    ['win', 'let p = predict(x)', ['E0151 x']],
    ['win', 'let p = predict(m, y)', ['E0130 y']],
    ['win', 'features y { r = close / close[2] }\nlet p = predict(m, y)', ['E0175 y']],
    ['win', 'let p = predict(m).up', ['E0137 up']],
    ['win', 'let p = likeliest(m)', ['E0151 likeliest(m)']],
    ['way', 'let p = predict(m).sideways', ['E0137 sideways']],
    ['way', 'let p = predict(m) > 0.5', ['E0413 predict(m)']],
    ['win', 'let p = drift(m) > 0.2', []],
    ['win', 'let p = drift(m, prediction, window = 2d) > 0.2', []],
    ['win', 'let p = drift(m, columns)', ['E0151 columns']],
    ['win', 'param n: bars = 5 in 2..9\nlet p = drift(m, window = n)', ['E0406 n']],
    ['win', 'risk { pause 24 bars when drift(m) > 0.2 }', []],
  ])('%s: %s', (label, more, expected) => {
    expect(complaints(M(label) + more)).toEqual(expected);
  });

  it('of a model that nothing trains would never be known', () => {
    expect(complaints(`${DATA}model m = xgboost learn win from x {}\nlet p = predict(m)`)).toEqual([
      'E0177 predict(m)',
    ]);
  });

  it('of ranks say nothing beside a constant', () => {
    const warned = (more: string) =>
      program(
        `features x { r = close / close[5] }\nlabel edge = forward_return(6)\nmodel m = xgboost learn edge from x { objective: rank }\n${TRAIN}${more}`,
        UNIVERSE,
      ).problems.some(({ code }) => code === 'W0303');
    expect(warned('let p = predict(m) > 0.5')).toBe(true);
    expect(warned('param k = 0.5 in 0..1\nlet p = -predict(m) <= k')).toBe(true);
    expect(warned('let p = rank(predict(m)) > 0.5')).toBe(false);
    expect(warned('let p = predict(m) > mean(predict(m))')).toBe(false);
  });

  it.each([
    [
      `features x { r = predict(m) }\nlabel win = forward_return(6) > 0\nmodel m = xgboost learn win from x {}\n${TRAIN}`,
    ],
    [
      `let p = predict(m)\nfeatures x { r = p }\nlabel win = forward_return(6) > 0\nmodel m = xgboost learn win from x {}\n${TRAIN}`,
    ],
    [
      `features x { r = close / close[5] }\nlabel win = forward_return(6) > 0\nmodel m = xgboost learn win from x { weight: predict(m) }\n${TRAIN}`,
    ],
    [
      `features x { r = predict(n) }\nfeatures y { r = predict(m) }\nlabel win = forward_return(6) > 0\nmodel m = xgboost learn win from x {}\nmodel n = xgboost learn win from y {}\n${TRAIN}train n walk_forward { window: 2y  retrain: 3mo }`,
    ],
  ])('that a model reads of itself are a cycle: %s', body => {
    expect(complaints(body).filter(told => told.startsWith('E0501'))).toHaveLength(1);
  });

  it('of another model may be read by features', () => {
    const body = `${M('win')}features y { r = close / close[3]  p = predict(m) }\nmodel n = ridge learn edge from y {}\ntrain n walk_forward { window: 2y  retrain: 3mo }\nlet q = predict(n)`;
    expect(complaints(body)).toEqual([]);
  });

  it('are known by one name to whoever makes and whoever reads them', () => {
    const named = (attrs: object, op = 'predict') => predictionKey({ op, attrs }, block => `b${block}`);
    expect(named({ name: 'm' })).toBe('m');
    expect(named({ name: 'm', field: 'up' })).toBe('m.up');
    expect(named({ name: 'm', field: 'up', block: 1 })).toBe('m(b1).up');
    expect(named({ name: 'm', value: 500 }, 'drift')).toBe('drift(m, 500)');
    expect(named({ name: 'm', value: 500, field: 'prediction' }, 'drift')).toBe('drift(m, 500).prediction');
  });
});

describe('the tables', () => {
  it.each(TRAINER_NAMES)('%s: defaults are legal, and names are written once', (trainer: TrainerName) => {
    const settings = TRAINER_SETTINGS[trainer];
    expect(new Set(settings.map(({ name }) => name)).size).toBe(settings.length);
    for (const setting of settings) {
      if (setting.kind === 'choice') expect(setting.of).toContain(setting.default);
      if (setting.kind !== 'number' && setting.kind !== 'integer') continue;
      const { default: preset = setting.min ?? 0, min = preset, max = preset, open } = setting;
      expect([setting.name, preset >= min && preset <= max && !(open && preset === min)]).toEqual([setting.name, true]);
      if (setting.kind === 'integer') expect([setting.name, Number.isInteger(preset)]).toEqual([setting.name, true]);
    }
    expect(Object.keys(defaultSettings(trainer)).length).toBeLessThanOrEqual(settings.length);
  });

  it('every objective has a trainer and a metric', () => {
    for (const objective of ['squared', 'huber', 'quantile', 'logistic', 'softmax', 'rank'] as const) {
      expect(TRAINER_NAMES.some(name => TRAINER_OBJECTIVES[name].includes(objective))).toBe(true);
      expect(METRIC_NAMES.some(metric => metric.of.includes(objective))).toBe(true);
    }
  });
});

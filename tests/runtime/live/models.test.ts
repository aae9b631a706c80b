/** Models in a run: the versions, the ticks at which they begin and what they say are those of a backtest. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Notice } from '../../../runtime/live/run.ts';
import { JournalDatabase } from '../../../runtime/live/store/database.ts';
import { directSink } from '../../../runtime/live/store/direct.ts';
import { venueDatabase } from '../../../runtime/live/store/venue-database.ts';
import type { Predictor } from '../../../runtime/models/inference/predictor.ts';
import { exportOnnx } from '../../../runtime/models/onnx/export.ts';
import { digestOf, Registry } from '../../../runtime/models/registry/registry.ts';
import { META } from '../models/pipeline/strategies.ts';
import { programOf } from '../models/pipeline/support.ts';
import {
  activationsIn,
  activationsOf,
  backtestWith,
  follow,
  inputsOf,
  liveWith,
  saidBy,
  saidIn,
  temporaryFolder,
  trainingHere,
  walkedSet,
  walkedUniverse,
} from './models-support.ts';
import { comparable } from './support.ts';

/** Everything that can be asked of models: classes, drift, another block, a slower clock, params that a search chooses. */
const STRATEGIES = {
  'two models': META,
  'classes, drift and another block': `strategy "Classes"
instrument "AAA/USDT" on binance
every 1d
features x { a = close / close[3] - 1  b = stdev(returns(close), 8) }
features y { a = close / close[5] - 1  b = stdev(returns(close), 12) }
label way = triple_barrier(1.5 * atr(5), 1.5 * atr(5), 4 bars)
model m = xgboost learn way from x when volume > sma(volume, 5) { n_estimators: 4  max_depth: 2 }
train m walk_forward { window: 6mo  retrain: 2mo  min_rows: 30  train_lag: 3d }
when predict(m).up > 0.35 and drift(m, window = 40 bars) < 5 enter long { size: 50% of equity }
when likeliest(m) is down or predict(m, y).down > 0.5 or drift(m, prediction, window = 60 bars) > 9 exit
execution { fill: next_open  fee: 10bp  slippage: 0bp }
`,
  'a slower clock': `strategy "Weeks"
instrument "AAA/USDT" on binance
every 1d
clock week = 1w
at week {
  let drift = close / close[2] - 1
  let wild = stdev(returns(close), 4)
  let price = close
}
features x { a = drift  b = wild }
label rise = ahead(price, 2) > price
model m = logistic learn rise from x { max_iter: 20 }
train m walk_forward { window: 1y  retrain: 1mo  min_rows: 20 }
when latest(predict(m)) > 0.5 enter long { size: 50% of equity }
when latest(predict(m)) < 0.5 exit
execution { fill: next_open  fee: 10bp  slippage: 0bp }
`,
  'params that a search chooses': `strategy "Searched params"
instrument "AAA/USDT" on binance
every 1d
param fast: bars = 4 in 2..30
features x {
  a = close / sma(close, fast) - 1
  b = stdev(returns(close), 20)
}
label win = forward_return(3) > 0
model m = xgboost learn win from x { n_estimators: 3  max_depth: 2 }
train m walk_forward { window: 300d  retrain: 3mo  min_rows: 60  search { method: random  trials: 3  score: log_loss  inner: purged_kfold(3)  every: 6mo } }
when predict(m) > 0.5 enter long { size: 50% of equity }
when predict(m) < 0.5 exit
execution { fill: next_open  fee: 10bp  slippage: 0bp }
`,
} as const;

const RANKER = `strategy "Ranker"
universe all = "AAA/USDT", "BBB/USDT", "CCC/USDT", "DDD/USDT" on binance
every 1d
features x across all {
  mom = rank(close / close[5] - 1)
  vol = zscore(stdev(returns(close), 8), need = 2)
}
label edge = rank(forward_return(3)) across all
model m = xgboost learn edge from x { n_estimators: 4  max_depth: 2 }
train m walk_forward { window: 6mo  retrain: 2mo  min_rows: 60 }
let want = if rank(predict(m)) >= 0.5 then 1 else 0
rebalance every 1w to scale(want, gross = 100%) across all { band: 1%  leavers: exit }
execution { fill: next_open  fee: 10bp  slippage: 0bp }
`;

/** Trades often, and is retrained every month. */
const PLAIN = `strategy "Plain"
instrument "AAA/USDT" on binance
every 1d
features x { a = close / close[3] - 1  b = stdev(returns(close), 8) }
label rise = forward_return(2) > 0
model m = logistic learn rise from x { max_iter: 20  on_failure: FAILURE }
train m walk_forward { window: 6mo  retrain: 1mo  min_rows: 40 }
when predict(m) > 0.5 enter long { size: 50% of equity }
when predict(m) < 0.45 exit
execution { fill: next_open  fee: 10bp  slippage: 0bp }
`;

function plain(onFailure: 'hold' | 'flat' | 'last' = 'hold') {
  return programOf(PLAIN.replace('FAILURE', onFailure));
}

describe('a rehearsal of a strategy with models', () => {
  it.each(Object.entries(STRATEGIES))('is the backtest: %s', { timeout: 60_000 }, async (_, text) => {
    const program = programOf(text);
    const set = walkedSet(3, 640, program);
    const backtest = await backtestWith(program, set, new Registry(temporaryFolder()));
    const live = await liveWith(program, set, new Registry(temporaryFolder()));
    await follow(live);
    expect(backtest.result.fills.length).toBeGreaterThan(3);
    expect(activationsOf(live.rows)).toEqual(activationsIn(backtest.prepared, set));
    expect(saidIn(live.rows, backtest.prepared)).toEqual(saidBy(backtest.prepared));
    expect(comparable(live.run.result())).toEqual(comparable(backtest.result));
    // Of all that have answered only those are kept that still may.
    expect(live.models.ready.length).toBeLessThanOrEqual(2 * program.models.length);
  });

  it('ranks a universe whose members come one after the other', { timeout: 60_000 }, async () => {
    const program = programOf(RANKER);
    const set = walkedUniverse(['AAA/USDT', 'BBB/USDT', 'CCC/USDT', 'DDD/USDT'], 420, 30, program);
    const backtest = await backtestWith(program, set, new Registry(temporaryFolder()));
    const live = await liveWith(program, set, new Registry(temporaryFolder()));
    await follow(live);
    expect(activationsOf(live.rows).length).toBeGreaterThan(3);
    expect(activationsOf(live.rows)).toEqual(activationsIn(backtest.prepared, set));
    expect(saidIn(live.rows, backtest.prepared)).toEqual(saidBy(backtest.prepared));
    expect(comparable(live.run.result())).toEqual(comparable(backtest.result));
  });

  it('begins later, with the bars before it as history', { timeout: 60_000 }, async () => {
    const program = programOf(META);
    const set = walkedSet(5, 640);
    const backtest = await backtestWith(program, set, new Registry(temporaryFolder()), 400, 420);
    const live = await liveWith(program, set, new Registry(temporaryFolder()), { start: 400, fromTick: 420 });
    await follow(live);
    expect(new Set(activationsOf(live.rows).map(({ version }) => version)).size).toBeGreaterThan(4);
    expect(comparable(live.run.result())).toEqual(comparable(backtest.result));
  });

  it('uses what the registry has', { timeout: 60_000 }, async () => {
    const program = plain();
    const set = walkedSet(5, 500);
    const registry = new Registry(temporaryFolder());
    await backtestWith(program, set, registry);
    const told: Notice[] = [];
    const live = await liveWith(program, set, registry, { models: { notice: notice => told.push(notice) } });
    await follow(live);
    expect(told.filter(({ what }) => what === 'model found').length).toBeGreaterThan(8);
    expect(told.filter(({ what }) => what === 'model trained')).toEqual([]);
  });

  it('trains in a thread of its own', { timeout: 60_000 }, async () => {
    const program = plain();
    const set = walkedSet(5, 300);
    const backtest = await backtestWith(program, set, new Registry(temporaryFolder()));
    const live = await liveWith(program, set, new Registry(temporaryFolder()), { inThread: true });
    await follow(live);
    expect(activationsOf(live.rows)).toEqual(activationsIn(backtest.prepared, set));
    expect(comparable(live.run.result())).toEqual(comparable(backtest.result));
  });
});

// ---------------------------------------------------------------- answers that do not come

/** Breaks a predictor at some of the times that it is asked. */
function breaking(isBroken: (asked: number) => boolean, how: (predictor: Predictor) => Predictor['predict']) {
  let asked = 0;
  return (predictor: Predictor): Predictor => {
    asked += 1;
    const { predictNow: _, ...rest } = predictor;
    return isBroken(asked) ? { ...rest, predict: how(predictor) } : predictor;
  };
}

const THROWING = () => () => Promise.reject(new Error('out of memory'));
/** Never answers. */
const SILENT = () => () => new Promise<Float64Array>(() => {});

describe('a model that does not answer', () => {
  const set = walkedSet(7, 320);

  async function run(onFailure: 'hold' | 'flat' | 'last', how: (predictor: Predictor) => Predictor['predict']) {
    const told: Notice[] = [];
    const live = await liveWith(plain(onFailure), set, new Registry(temporaryFolder()), {
      models: {
        patience: how === SILENT ? { noLongerThanMs: 3 } : 'all day',
        through: breaking(asked => asked % 5 === 0, how),
        notice: notice => told.push(notice),
      },
    });
    await follow(live);
    const predictions = inputsOf(live.rows).flatMap(input => (input.type === 'prediction' ? [input] : []));
    return { live, told, predictions, failed: predictions.filter(({ failure }) => failure !== undefined) };
  }

  it.each([
    ['throws', THROWING, 'the prediction failed: out of memory'],
    ['is silent', SILENT, 'no prediction within 3 ms'],
  ] as const)('and %s is absent for that bar, counted and told', async (_, how, why) => {
    const { live, told, failed } = await run('hold', how);
    expect(failed.length).toBeGreaterThan(10);
    for (const { failure, values, flatten } of failed) {
      expect(failure).toBe(why);
      expect([...(values.m ?? [])]).toEqual([Number.NaN]);
      expect(flatten).toBeUndefined();
    }
    expect(live.models.status()).toMatchObject([{ name: 'm', failures: failed.length }]);
    expect(told.filter(({ what }) => what === 'model did not answer')).toHaveLength(failed.length);
  });

  it('and says so until it answers again', async () => {
    const program = plain();
    const live = await liveWith(program, set, new Registry(temporaryFolder()), {
      models: { through: breaking(asked => asked > 20, THROWING) },
    });
    await follow(live);
    expect(live.models.degraded()).toMatchObject([{ code: 'model', text: 'm: the prediction failed: out of memory' }]);
  });

  it('keeps what it said before under `last`, never across versions', async () => {
    const { predictions, failed } = await run('last', THROWING);
    expect(failed.length).toBeGreaterThan(10);
    let repeated = 0;
    for (const { version, values, openMs } of failed) {
      const before = predictions.filter(each => each.openMs < openMs && each.failure === undefined).at(-1);
      const expected = before?.version === version ? before.values.m : Float64Array.of(Number.NaN);
      expect(values.m).toEqual(expected);
      if (before?.version === version) repeated += 1;
    }
    expect(repeated).toBeGreaterThan(10);
  });

  it('closes what is held under `flat`', async () => {
    const { live, failed } = await run('flat', THROWING);
    expect(failed.every(({ flatten }) => flatten === true)).toBe(true);
    const { trades } = live.run.result();
    const flattened = trades.filter(({ reason }) => reason === 'flatten');
    expect(flattened.length).toBeGreaterThan(3);
  });
});

// ---------------------------------------------------------------- trainings that take their time

describe('a training that is not done in time', () => {
  const set = walkedSet(7, 320);
  const LATE_BY = 3;

  /** Bars come when trainings are done, but for one of them: that one is done some bars after it was due. */
  async function withLateTraining(number: number) {
    const program = plain();
    const told: Notice[] = [];
    const here = trainingHere();
    let busy: Promise<unknown> = Promise.resolve();
    let trainings = 0;
    let release: () => void = () => {};
    let barsHeld = Number.NaN;
    const degraded: string[] = [];
    const live = await liveWith(program, set, new Registry(temporaryFolder()), {
      models: {
        patience: { noLongerThanMs: 60_000 },
        notice: notice => told.push(notice),
        trainings: {
          run: job => {
            trainings += 1;
            const outcome = here.run(job);
            if (trainings !== number) {
              busy = outcome.then(() => new Promise(resolve => setImmediate(resolve)));
              return outcome;
            }
            barsHeld = 0;
            return new Promise<void>(resolve => {
              release = resolve;
            }).then(() => outcome);
          },
          close: here.close,
        },
      },
      feedThrough: feed => ({
        ...feed,
        follow: (request, sink, signal) =>
          feed.follow(
            request,
            async event => {
              await sink(event);
              await busy;
              // The bar of T, then those that the version misses.
              if (barsHeld === LATE_BY) release();
              barsHeld += 1;
              await new Promise(resolve => setTimeout(resolve, barsHeld === LATE_BY + 1 ? 20 : 0));
              degraded.push(...live.models.degraded().map(({ text }) => text));
            },
            signal,
          ),
      }),
    });
    await follow(live);
    return { live, told, degraded };
  }

  it('leaves the version before it on, and serves from the first tick after it is done', async () => {
    const backtest = await backtestWith(plain(), set, new Registry(temporaryFolder()));
    const onTime = activationsIn(backtest.prepared, set);
    const { live, told, degraded } = await withLateTraining(9);
    const began = activationsOf(live.rows);
    expect(began.map(({ version }) => version)).toEqual(onTime.map(({ version }) => version));
    const late = inputsOf(live.rows).flatMap(input => (input.type === 'activated' && input.late ? [input] : []));
    expect(late).toHaveLength(1);
    const number = began.findIndex(({ version }) => version === late[0]?.version);
    expect((began[number]?.atMs ?? 0) - (onTime[number]?.atMs ?? 0)).toBe(LATE_BY * 86_400_000);
    expect(began.filter((_, i) => i !== number)).toEqual(onTime.filter((_, i) => i !== number));
    // What the version before it says meanwhile is its own.
    const between = inputsOf(live.rows).flatMap(input =>
      input.type === 'prediction' &&
      input.openMs >= (onTime[number]?.atMs ?? 0) &&
      input.openMs < (late[0]?.openMs ?? 0)
        ? [input.version]
        : [],
    );
    expect(between).toEqual(Array.from({ length: LATE_BY }, () => onTime[number - 1]?.version));
    expect(told.filter(({ what }) => what === 'model not trained in time')).toHaveLength(1);
    expect(told.filter(({ what }) => what === 'model begins to serve late')).toHaveLength(1);
    expect(new Set(degraded)).toHaveLength(1);
    expect(live.models.degraded()).toEqual([]);
  });
});

describe('a run that is started again', () => {
  it('waits for no training where its models have versions', async () => {
    const set = walkedSet(11, 240);
    const registry = new Registry(temporaryFolder());
    const patience = { noLongerThanMs: 60_000 };
    const here = trainingHere();
    let busy: Promise<unknown> = Promise.resolve();
    const leave = new AbortController();
    const first = await liveWith(plain(), set, registry, {
      models: {
        patience,
        trainings: {
          run: job => {
            const outcome = here.run(job);
            busy = outcome.then(() => new Promise(resolve => setImmediate(resolve)));
            return outcome;
          },
          close: here.close,
        },
      },
      feedThrough: feed => ({
        ...feed,
        follow: (request, sink, signal) =>
          feed.follow(
            request,
            async event => {
              await sink(event);
              await busy;
              if (first.run.trader.live.length === 200) leave.abort();
            },
            signal,
          ),
      }),
    });
    await first.run.follow(leave.signal);
    const version = activationsOf(first.rows).at(-1)?.version;
    expect(version).toBeDefined();

    const endless = { run: () => new Promise<never>(() => {}), close: async () => {} };
    const second = await liveWith(plain(), set, registry, { models: { patience, trainings: endless } });
    await second.run.recover(first.rows);
    await follow(second);
    const said = inputsOf(second.rows).flatMap(input => (input.type === 'prediction' ? [input.version] : []));
    expect(said).toHaveLength(40);
    expect(new Set(said)).toEqual(new Set([version]));
    expect(second.models.degraded().map(({ text }) => text)).toEqual([expect.stringContaining('not trained yet')]);
  });
});

// ---------------------------------------------------------------- death, and what changed meanwhile

class Crash extends Error {}

/** A run in a folder of its own, that dies at its n-th write of the journal or the venue. */
async function life(folder: string, text: string, set = walkedSet(11, 300), dieAt = Number.POSITIVE_INFINITY) {
  let writes = 0;
  const onWrite = () => {
    writes += 1;
    if (writes >= dieAt) throw new Crash(`write ${writes}`);
  };
  const database = new JournalDatabase(join(folder, 'run.sqlite'), { forced: false });
  const memory = venueDatabase(join(folder, 'venue.sqlite'), { forced: false, onWrite });
  const live = await liveWith(programOf(text), set, new Registry(join(folder, 'models')), {
    run: { memory, rows: directSink(database, onWrite), snapshotEvery: 90 },
  });
  let died = false;
  try {
    await live.run.recover(database.rows(), database.snapshots()[0]);
    await follow(live);
    database.commit();
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    died = true;
  }
  const rows = [...database.rows()];
  const result = died ? undefined : comparable(live.run.result());
  await live.models.close();
  database.abandon();
  memory.close();
  return { writes, died, rows, result, binding: live.run.binding };
}

/** Begun, served, and what was said: the last word on each bar. */
function wordsIn(rows: Parameters<typeof inputsOf>[0]) {
  const said = new Map<string, string>();
  for (const input of inputsOf(rows)) {
    if (input.type === 'prediction') said.set(`${input.model} ${input.openMs}`, `${input.version} ${input.values.m}`);
  }
  return { began: activationsOf(rows), said: [...said] };
}

describe('a run with models that dies', () => {
  const text = `${PLAIN.replace('FAILURE', 'last')}when drift(m, prediction, window = 30 bars) > 4 exit\n`;

  it('at any write goes on as if nothing had happened', { timeout: 240_000 }, async () => {
    const set = walkedSet(11, 300);
    const backtest = await backtestWith(programOf(text), set, new Registry(temporaryFolder()));
    const first = temporaryFolder();
    const whole = await life(first, text, set);
    expect(whole.result).toEqual(comparable(backtest.result));
    const step = process.env.VELA_DEEP === '1' ? 1 : Math.ceil(whole.writes / 12);
    for (let dieAt = 3; dieAt <= whole.writes; dieAt += step) {
      const folder = temporaryFolder();
      const broken = await life(folder, text, set, dieAt);
      expect(broken.died, `write ${dieAt}`).toBe(true);
      const mended = await life(folder, text, set);
      expect(mended.result, `write ${dieAt}`).toEqual(whole.result);
      expect(wordsIn(mended.rows), `write ${dieAt}`).toEqual(wordsIn(whole.rows));
    }
  });

  it('makes a version again that is gone, and refuses another in its place', async () => {
    const set = walkedSet(11, 300);
    const whole = await life(temporaryFolder(), text, set);
    const folder = temporaryFolder();
    const broken = await life(folder, text, set, 500);
    const versions = join(folder, 'models', 'versions');
    rmSync(versions, { recursive: true });
    expect((await life(folder, text, set)).result).toEqual(whole.result);

    const other = temporaryFolder();
    await life(other, text, set, 500);
    const served = activationsOf(broken.rows).at(-1)?.version ?? '';
    const forged = new Registry(join(other, 'models'));
    const stored = forged.find(served);
    if (stored === undefined) throw new Error('it was made');
    rmSync(join(other, 'models', 'versions', served), { recursive: true });
    const { steps } = stored.version;
    const moved = { ...steps, kept: steps.kept.map(step => ({ ...step, centre: step.centre + 1 })) };
    const version = { ...stored.version, steps: moved };
    const graph = stored.graph;
    new Registry(join(other, 'models')).keep({ ...version, digest: digestOf(version, graph) }, graph);
    await expect(life(other, text, set)).rejects.toMatchObject({ code: 'other-model' });
  });

  it('is bound to what answers for its models', async () => {
    const folder = temporaryFolder();
    const { binding, rows } = await life(folder, text, undefined, 500);
    expect(binding.models).toMatchObject([{ model: 'm', by: 'trained' }]);
    const other = await life(temporaryFolder(), text.replace('max_iter: 20', 'max_iter: 30'), undefined, 2);
    expect(other.binding.models).not.toEqual(binding.models);
    const registry = new Registry(join(folder, 'models'));
    const [served] = activationsOf(rows);
    registry.promote(registry.resolve(served?.version ?? ''));
    const promoted = await liveWith(programOf(text), walkedSet(11, 300), registry);
    expect(promoted.run.binding.models).toEqual([{ model: 'm', by: 'promoted', hash: served?.version }]);
  });
});

describe('a promoted version', () => {
  it('serves from its own activation on, and no other, as in a backtest', async () => {
    const set = walkedSet(11, 400);
    const program = plain();
    const registry = new Registry(temporaryFolder());
    const backtest = await backtestWith(program, set, registry);
    const [, , third] = activationsIn(backtest.prepared, set);
    registry.promote(registry.resolve(third?.version ?? ''));
    const promoted = await backtestWith(program, set, registry);
    const live = await liveWith(program, set, registry);
    await follow(live);
    expect(activationsOf(live.rows).at(-1)).toEqual(third);
    expect(saidIn(live.rows, promoted.prepared)).toEqual(saidBy(promoted.prepared));
    expect(comparable(live.run.result())).toEqual(comparable(promoted.result));
  });

  it('whose features are others is refused, naming the feature', async () => {
    const registry = new Registry(temporaryFolder());
    const backtest = await backtestWith(plain(), walkedSet(11, 400), registry);
    const [version] = activationsIn(backtest.prepared, walkedSet(11, 400));
    registry.promote(registry.resolve(version?.version ?? ''));
    const other = programOf(PLAIN.replace('FAILURE', 'hold').replace('close[3]', 'close[4]'));
    await expect(liveWith(other, walkedSet(11, 400), registry)).rejects.toMatchObject({
      code: 'E1140',
      message: expect.stringContaining('`a`'),
    });
  });
});

describe('a promoted version of other values', () => {
  const text = PLAIN.replace('FAILURE', 'hold')
    .replace('features x', 'param reach: bars = 3 in 2..9\nfeatures x')
    .replace('close[3]', 'close[reach]');

  it('is refused, naming the feature and the param', async () => {
    const registry = new Registry(temporaryFolder());
    const set = walkedSet(11, 400);
    const program = programOf(text);
    const backtest = await backtestWith(program, set, registry);
    const [version] = activationsIn(backtest.prepared, set);
    registry.promote(registry.resolve(version?.version ?? ''));
    await liveWith(program, set, registry);
    await expect(liveWith(program, set, registry, { models: { params: { reach: 5 } } })).rejects.toMatchObject({
      code: 'E1140',
      message:
        'feature `a` of model `m` was computed with `reach = 3` when this version was trained, and now is with `5`',
    });
  });
});

describe('a graph made elsewhere', () => {
  it('answers after the day it was trained to, as in a backtest', async () => {
    const file = join(temporaryFolder(), 'm.onnx');
    const artefact = {
      kind: 'linear',
      features: 2,
      outputs: 1,
      weights: Float64Array.of(3, -2),
      bias: Float64Array.of(0.1),
    } as const;
    const columns = ['a', 'b'].map(name => ({ name, hash: name }));
    writeFileSync(file, exportOnnx(artefact, { features: columns, outputs: ['value'], label: '' }));
    const text = PLAIN.replace(/^label.*\n/m, '')
      .replace(/^model.*$/m, `model m = onnx("${file}", trained_to = 2020-03-10) from x`)
      .replace(/^train.*\n/m, '')
      .replace('> 0.5', '> 0.1')
      .replace('< 0.45', '< 0');
    const program = programOf(text);
    const set = walkedSet(11, 300);
    const registry = new Registry(temporaryFolder());
    const backtest = await backtestWith(program, set, registry);
    const live = await liveWith(program, set, registry);
    await follow(live);
    expect(activationsOf(live.rows)).toMatchObject([{ model: 'm', atMs: Date.UTC(2020, 2, 11) }]);
    expect(backtest.result.fills.length).toBeGreaterThan(5);
    expect(saidIn(live.rows, backtest.prepared)).toEqual(saidBy(backtest.prepared));
    expect(comparable(live.run.result())).toEqual(comparable(backtest.result));
    expect(live.run.binding.models).toMatchObject([{ model: 'm', by: 'file' }]);
  });
});

describe('a version past its `max_age`', () => {
  it('says nothing any more, as in a backtest, and the run says so', async () => {
    const set = walkedSet(11, 292);
    const program = programOf(PLAIN.replace('on_failure: FAILURE', 'max_age: 10d'));
    const backtest = await backtestWith(program, set, new Registry(temporaryFolder()));
    const told: Notice[] = [];
    const live = await liveWith(program, set, new Registry(temporaryFolder()), {
      models: { notice: notice => told.push(notice) },
    });
    await follow(live);
    expect(saidIn(live.rows, backtest.prepared)).toEqual(saidBy(backtest.prepared));
    expect(told.filter(({ what }) => what === 'model has no version')).toHaveLength(activationsOf(live.rows).length);
    expect(live.models.degraded()).toMatchObject([{ code: 'model', text: expect.stringContaining('max_age') }]);
  });
});

describe('a run that needs versions', () => {
  /** Bars that its slowest feature looks back. */
  const SETTLED = 8;

  it('does not begin without one, and says why', async () => {
    const set = walkedSet(11, 300);
    const live = await liveWith(plain(), set, new Registry(temporaryFolder()), {
      start: 60,
      fromTick: 60,
      models: { needsVersions: true },
    });
    await expect(follow(live)).rejects.toMatchObject({ code: 'untrained', message: expect.stringContaining('`m`') });
  });

  it('begins with the one that is due', async () => {
    const set = walkedSet(11, 300);
    const live = await liveWith(plain(), set, new Registry(temporaryFolder()), {
      start: 250 - SETTLED,
      fromTick: 250,
      models: { needsVersions: true },
    });
    await follow(live);
    const predictions = inputsOf(live.rows).filter(({ type }) => type === 'prediction');
    expect(predictions.length).toBe(50);
  });
});

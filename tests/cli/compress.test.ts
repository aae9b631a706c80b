/** `vela models compress`: a net in fewer bits is a version, accepted on the valid part alone, and serves once it is promoted. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../cli/errors.ts';
import type { Version } from '../../runtime/models/registry/version.ts';
import { temporaryFolder, vela, writeCandles } from './support.ts';

const folder = temporaryFolder();
const strategy = (model: string, split = 'valid: 20%') => `strategy "Net"
instrument "BTC/USDT" on binance
every 1h
features x {
  a = close / close[5] - 1
  b = stdev(returns(close), 12)
  c = rsi(close, 14)
}
label win = forward_return(3) > 0
model m = ${model}
train m walk_forward { window: 30d  retrain: 1mo  min_rows: 200  ${split} }
when predict(m) > 0.52 enter long { size: 50% of equity }
when predict(m) < 0.5 exit
execution { fill: next_open  fee: 10bp  slippage: 2bp }
`;
const NET = 'mlp learn win from x { hidden: 8  epochs: 5  seed: 3 }';
const ON = ['--strategy', 'net.vela', '--data', 'candles.csv'];

interface Row {
  readonly id: string;
  readonly origin: string;
}

async function versions(): Promise<readonly Row[]> {
  return JSON.parse((await vela(folder, ['models', '--json'])).out).versions;
}

function documentOf(id: string): Version {
  return JSON.parse(readFileSync(join(folder, '.vela', 'models', 'versions', id, 'version.json'), 'utf8'));
}

/** Of the net, in the order of their training. */
let nets: readonly Row[] = [];

beforeAll(async () => {
  writeCandles(join(folder, 'candles.csv'), 2000);
  writeFileSync(join(folder, 'net.vela'), strategy(NET));
  expect((await vela(folder, ['train', 'net.vela', '--data', 'candles.csv', '--threads', '1'])).code).toBe(EXIT.done);
  nets = await versions();
});

describe('vela models compress', () => {
  test.each(['float16', 'int8'])('%s: a version with a parent, the same however often it is made', async precision => {
    const [parent] = nets;
    if (parent === undefined) throw new Error('nothing was trained');
    const words = ['models', 'compress', parent.id.slice(0, 10), '--to', precision, ...ON, '--json'];
    const first = await vela(folder, words);
    expect(first.code).toBe(EXIT.done);
    const { compressed, model, origin } = JSON.parse(first.out);
    expect(model).toBe('m');
    expect(origin.kind).toBe('compressed');
    expect(origin.parent).toBe(parent.id);
    expect(origin.metric.name).toBe('log_loss');
    expect(origin.metric.after).not.toBe(origin.metric.before);
    expect(Math.abs(origin.metric.after - origin.metric.before)).toBeLessThanOrEqual(0.005);
    const [made, full] = [documentOf(compressed), documentOf(parent.id)];
    // Of the valid part, as the training has measured it: nothing else has this figure.
    const valid = full.origin.kind === 'trained' ? full.origin.valid?.log_loss : undefined;
    expect(origin.metric.before).toBeCloseTo(valid ?? Number.NaN, 9);
    expect(made.steps).toEqual(full.steps);
    expect(made.features).toEqual(full.features);
    expect(made.activeFrom).toBe(full.activeFrom);
    expect(made.digest).not.toBe(full.digest);
    const size = (id: string) => readFileSync(join(folder, '.vela', 'models', 'versions', id, 'model.onnx')).length;
    expect(size(compressed)).not.toBe(size(parent.id));
    expect(JSON.parse((await vela(folder, words)).out).compressed).toBe(compressed);
  });

  test('serves a backtest once it is promoted, and is told as approximate; its parent stays', async () => {
    const [parent] = nets;
    const words = ['models', 'compress', parent?.id ?? '', '--to', 'int8', ...ON, '--json'];
    const { compressed } = JSON.parse((await vela(folder, words)).out);
    const run = async () =>
      JSON.parse((await vela(folder, ['backtest', 'net.vela', '--data', 'candles.csv', '--json'])).out);
    const before = await run();
    expect(before.models[0].promise).toBe('exact');
    expect((await vela(folder, ['models', 'promote', compressed])).code).toBe(EXIT.done);
    const after = await run();
    expect(after.models[0].promise).toBe('approximate');
    expect(after.models[0].versions.map(({ id }: Row) => id)).toEqual([compressed]);
    expect(after.journalHash).toBe((await run()).journalHash);
    const removed = await vela(folder, ['models', 'remove', parent?.id ?? '']);
    expect(removed.code).not.toBe(EXIT.done);
    expect(removed.log).toContain('E1144');
    // A promotion hides no version from whoever asks for it by its id.
    const other = await vela(folder, ['models', 'compress', nets.at(-1)?.id ?? '', '--to', 'float16', ...ON]);
    expect(other.out).toContain('is a version of m: log_loss');
    await vela(folder, ['models', 'promote', '--trained', 'm']);
  });

  test('that loses more than it may is refused, and leaves nothing behind', async () => {
    const place = join(folder, '.vela', 'models', 'versions');
    const before = readdirSync(place);
    // By chance fewer bits may be better; of several versions some lose.
    const said: string[] = [];
    for (const { id } of nets) {
      const { code, log } = await vela(folder, ['models', 'compress', id, '--to', 'float16', '--within', '0', ...ON]);
      if (code !== EXIT.done) said.push(log);
    }
    expect(said.length).toBeGreaterThan(0);
    for (const log of said) expect(log).toContain('E1171');
    expect(readdirSync(place).length - before.length).toBeLessThanOrEqual(nets.length - said.length);
  });

  test('refuses trees and linear models, what is compressed, other data, no valid part, and odd words', async () => {
    const write = async (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      const known = new Set((await versions()).map(({ id }) => id));
      await vela(folder, ['train', name, '--data', 'candles.csv', '--threads', '1']);
      return (await versions()).find(({ id }) => !known.has(id))?.id ?? '';
    };
    const refused = async (words: readonly string[]) => {
      const { code, log } = await vela(folder, ['models', 'compress', ...words]);
      expect(code).not.toBe(EXIT.done);
      return log;
    };
    const trees = await write('trees.vela', strategy('xgboost learn win from x { n_estimators: 3 }'));
    const linear = await write('linear.vela', strategy('logistic learn win from x'));
    const bare = await write('bare.vela', strategy(NET, ''));
    const all = await versions();
    const full = nets[0]?.id ?? '';
    const small = all.find(({ origin }) => origin === 'compressed')?.id ?? '';
    expect(await refused([trees, '--to', 'int8', ...ON])).toContain('a model of trees cannot be compressed');
    expect(await refused([linear, '--to', 'int8', ...ON])).toContain('a model of one layer cannot be compressed');
    expect(await refused([small, '--to', 'int8', ...ON])).toContain('a model of fewer bits cannot be compressed');
    const on = ['--strategy', 'bare.vela', '--data', 'candles.csv'];
    expect(await refused([bare, '--to', 'int8', ...on])).toContain('E1149');
    expect(await refused([bare, '--to', 'int8', ...ON])).toContain('E1148');
    expect(await refused([full, ...ON])).toContain('compress to what?');
    expect(await refused([full, '--to', 'int4', ...ON])).toContain('`--to int4` is not known');
    expect(await refused([full, '--to', 'int8', '--within', '-1', ...ON])).toContain('is no bound');
    expect(await refused([full, '--to', 'int8', '--strategy', 'net.vela'])).toContain('no candles were named');
    expect(await refused([full, '--to', 'int8', '--data', 'candles.csv'])).toContain('which strategy');
    expect(await refused(['--to', 'int8', ...ON])).toContain('vela models compress ID');
  });
});

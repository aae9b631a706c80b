/** `vela train`, `vela models` and `vela backtest` of strategies with models: what they print, keep and refuse. */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../cli/errors.ts';
import { temporaryFolder, vela, writeCandles } from './support.ts';

const folder = temporaryFolder();
const CONFIG = join(import.meta.dirname, '../../config');
const schemaOf = (name: string) => {
  const schema = JSON.parse(readFileSync(join(CONFIG, `${name}.schema.json`), 'utf8'));
  return new Ajv2019({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
};

const MODEL = `strategy "Rise"
instrument "BTC/USDT" on binance
every 1h

features x {
  a = close / close[5] - 1
  b = stdev(returns(close), 12)
  c = rsi(close, 14)
}
label win = forward_return(3) > 0
model m = xgboost learn win from x { n_estimators: 5  max_depth: 2  weight: uniqueness(win) }
train m walk_forward { window: 30d  retrain: 1w  min_rows: 200  valid: 20% }

when predict(m) > 0.55 enter long { size: 50% of equity }
when predict(m) < 0.5 exit
execution { fill: next_open  fee: 10bp  slippage: 2bp }
`;
const SMALL = ['--data', 'candles.csv'];

beforeAll(() => {
  writeCandles(join(folder, 'candles.csv'), 2000);
  writeFileSync(join(folder, 'rise.vela'), MODEL);
});

/** Files of the registry with hashes of their bytes. */
function registryBytes(): ReadonlyMap<string, string> {
  const place = join(folder, '.vela', 'models');
  const names = readdirSync(place, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));
  return new Map(names.sort().map(name => [name.slice(place.length), hashOfFile(name)]));
}

function hashOfFile(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

interface Row {
  readonly id: string;
  readonly model: string;
  readonly promoted: boolean;
}
async function versions(): Promise<readonly Row[]> {
  return JSON.parse((await vela(folder, ['models', 'list', '--json'])).out).versions;
}

describe('vela train', () => {
  test('says what came of every fold, as its schema has it, and keeps each version once', async () => {
    rmSync(join(folder, '.vela'), { recursive: true, force: true });
    const first = await vela(folder, ['train', 'rise.vela', ...SMALL, '--json', '--report', 'training.html']);
    expect(first.code).toBe(EXIT.done);
    const document = JSON.parse(first.out);
    expect(document.report).toBe('training.html');
    const check = schemaOf('training');
    expect(check(document) ? [] : check.errors).toEqual([]);
    const [model] = document.models;
    expect(model.folds.length).toBeGreaterThan(5);
    expect(model.folds.every((fold: { isNew: boolean }) => fold.isNew)).toBe(true);
    expect(model.pooled.rows).toBeGreaterThan(500);

    const kept = registryBytes();
    const again = JSON.parse((await vela(folder, ['train', 'rise.vela', ...SMALL, '--json'])).out);
    expect(again.models[0].folds.every((fold: { isNew: boolean }) => !fold.isNew)).toBe(true);
    const plain = (report: { folds: { isNew?: boolean }[] }) => ({
      ...report,
      folds: report.folds.map(({ isNew: _, ...fold }) => fold),
    });
    expect(plain(again.models[0])).toEqual(plain(model));
    expect(registryBytes()).toEqual(kept);

    const report = readFileSync(join(folder, 'training.html'), 'utf8');
    for (const part of ['Learning curves', 'Importance by gain', 'Calibration', 'What was left out', 'Drift'])
      expect(report).toContain(part);
    expect(report).not.toMatch(/<script|https?:\/\/(?!www\.w3)/);
  });

  test('keeps documents of versions as their schema has them', async () => {
    const check = schemaOf('version');
    const place = join(folder, '.vela', 'models', 'versions');
    for (const id of readdirSync(place)) {
      const document = JSON.parse(readFileSync(join(place, id, 'version.json'), 'utf8'));
      expect(check(document) ? [] : check.errors).toEqual([]);
    }
  });

  test('as text prints the figures of all rows and of each fold', async () => {
    const { out, code } = await vela(folder, ['train', 'rise.vela', ...SMALL]);
    expect(code).toBe(EXIT.done);
    expect(out).toMatch(/AUC +0\.\d{4} +0\.\d{4} to 0\.\d{4}/);
    expect(out).toMatch(/trained at +rows +effective/);
  });

  test('by lot reruns the pipeline and leaves no version behind', async () => {
    const before = await versions();
    const { out } = await vela(folder, ['train', 'rise.vela', ...SMALL, '--null', '3', '--json']);
    const [figures] = JSON.parse(out).nulls;
    expect(figures.nulls.length).toBe(3);
    expect(new Set(figures.nulls).size).toBe(3);
    expect(await versions()).toEqual(before);
  });

  test('does not depend on the number of threads', async () => {
    const kept = registryBytes();
    rmSync(join(folder, '.vela'), { recursive: true });
    await vela(folder, ['train', 'rise.vela', ...SMALL, '--threads', '2']);
    expect(registryBytes()).toEqual(kept);
  });

  test.each([
    [
      'no model',
      'strategy "S"\ninstrument "BTC/USDT" on binance\nevery 1h\nwhen close > 1 enter long { size: 50% of equity }\nwhen close < 1 exit\n',
      EXIT.errors,
      'has no model to train',
    ],
    ['too few rows', MODEL.replace('min_rows: 200', 'min_rows: 20000'), EXIT.errors, 'needs 20000'],
    ['a parameter that is misspelt', MODEL.replace('max_depth', 'max_dpeth'), EXIT.errors, 'max_depth'],
    ['a parameter out of range', MODEL.replace('max_depth: 2', 'max_depth: 200'), EXIT.errors, '200'],
    ['one class only', MODEL.replace('forward_return(3) > 0', 'forward_return(3) > -2'), EXIT.errors, 'all rows'],
    [
      'features without a difference',
      MODEL.replace(/ {2}a = [^\n]*\n {2}b = [^\n]*\n {2}c = [^\n]*/, '  a = close - close'),
      EXIT.errors,
      'constant or absent',
    ],
  ])('%s', async (name, text, exit, words) => {
    writeFileSync(join(folder, 'wrong.vela'), text);
    const { code, log, out } = await vela(folder, ['train', 'wrong.vela', ...SMALL]);
    expect(code, name).toBe(exit);
    expect(`${log}${out}`).toContain(words);
    expect(log).not.toContain('bug in Vela');
  });

  test('a weight below zero is refused at its bar', async () => {
    writeFileSync(
      join(folder, 'wrong.vela'),
      MODEL.replace('weight: uniqueness(win)', 'weight: close - sma(close, 5)'),
    );
    const { code, log } = await vela(folder, ['train', 'wrong.vela', ...SMALL]);
    expect([code, log]).toEqual([EXIT.errors, expect.stringMatching(/E1113.*2022-\d\d-\d\d \d\d:00 has the weight -/)]);
  });

  test('infinite features are absent, counted and told', async () => {
    writeFileSync(join(folder, 'infinite.vela'), MODEL.replace('c = rsi(close, 14)', 'c = 1 / (close - close)'));
    const { out } = await vela(folder, ['train', 'infinite.vela', ...SMALL]);
    expect(out).toMatch(
      /E1112: `x\.c` of model `m` is infinite in \d+ rows|E1112: `c` of model `m` is infinite in \d+ rows/,
    );
  });

  test('k folds evaluate and keep nothing', async () => {
    writeFileSync(
      join(folder, 'folds.vela'),
      MODEL.replace(/train m .*/, 'train m purged_kfold { folds: 4 }')
        .replace(/when predict.*\n/g, '')
        .replace('execution', 'when close > 1 enter long { size: 50% of equity }\nwhen close < 1 exit\nexecution'),
    );
    const before = await versions();
    const { out, code } = await vela(folder, ['train', 'folds.vela', ...SMALL, '--json']);
    expect(code).toBe(EXIT.done);
    const document = JSON.parse(out);
    const check = schemaOf('training');
    expect(check(document) ? [] : check.errors).toEqual([]);
    expect(document.models[0]).toMatchObject({ looksAhead: true });
    expect(document.models[0].folds.length).toBe(4);
    expect(document.warnings.join()).toContain('E1117');
    expect(await versions()).toEqual(before);
  });

  test('Ctrl-C keeps what was trained, and the next command goes on there', async () => {
    rmSync(join(folder, '.vela'), { recursive: true });
    await vela(folder, ['train', 'rise.vela', ...SMALL]);
    const whole = registryBytes();
    rmSync(join(folder, '.vela'), { recursive: true });
    const { code } = await vela(folder, ['train', 'rise.vela', ...SMALL], 5);
    expect(code).toBe(EXIT.interrupted);
    const some = registryBytes();
    expect(some.size).toBeGreaterThan(0);
    expect(some.size).toBeLessThan(whole.size);
    await vela(folder, ['train', 'rise.vela', ...SMALL]);
    expect(registryBytes()).toEqual(whole);
  });
});

describe('vela backtest', () => {
  test('trains what is missing, names its versions and repeats its journal', async () => {
    const trained = await vela(folder, ['backtest', 'rise.vela', ...SMALL, '--json']);
    expect(trained.code).toBe(EXIT.done);
    const document = JSON.parse(trained.out);
    expect(document.models).toMatchObject([{ model: 'm', promise: 'exact', promoted: false }]);
    expect(document.models[0].versions.length).toBeGreaterThan(5);
    expect(document.metrics.trades).toBeGreaterThan(0);
    rmSync(join(folder, '.vela'), { recursive: true });
    const again = JSON.parse((await vela(folder, ['backtest', 'rise.vela', ...SMALL, '--json'])).out);
    expect(again.journalHash).toBe(document.journalHash);
    expect(again.models).toEqual(document.models);
  });

  test('that starts later meets the same versions, and trains none that it does not need', async () => {
    const whole = JSON.parse((await vela(folder, ['backtest', 'rise.vela', ...SMALL, '--json'])).out);
    rmSync(join(folder, '.vela'), { recursive: true });
    const later = JSON.parse(
      (await vela(folder, ['backtest', 'rise.vela', ...SMALL, '--from', '2022-03-01', '--json'])).out,
    );
    const [all, some] = [whole.models[0].versions, later.models[0].versions];
    expect(some.length).toBeLessThan(all.length);
    expect(all.slice(-some.length)).toEqual(some);
    expect((await versions()).length).toBe(some.length);
  });

  test('another future leaves every order and trade before it', async () => {
    const cut = 1500;
    const [head = '', ...rows] = readFileSync(join(folder, 'candles.csv'), 'utf8').trimEnd().split('\n');
    const other = rows.map((row, i) => {
      const [time, ...values] = row.split(',');
      return i < cut ? row : [time, ...values.map(value => Number(value) * (1 + 0.3 * Math.sin(i)))].join(',');
    });
    writeFileSync(join(folder, 'other.csv'), `${[head, ...other].join('\n')}\n`);
    const tradesOf = async (data: string) => {
      const { out } = await vela(folder, ['backtest', 'rise.vela', '--data', data, '--trades', '--json']);
      return JSON.parse(out).trades as readonly { readonly exitTick: number }[];
    };
    const [real, changed] = [await tradesOf('candles.csv'), await tradesOf('other.csv')];
    const past = (trades: typeof real) => trades.filter(({ exitTick }) => exitTick < cut);
    expect(past(changed)).toEqual(past(real));
    expect(past(real).length).toBeGreaterThan(10);
    expect(changed).not.toEqual(real);
  });

  test('warns of a threshold at or under the base rate', async () => {
    writeFileSync(join(folder, 'low.vela'), MODEL.replace('> 0.55', '> 0.3'));
    const { out } = await vela(folder, ['backtest', 'low.vela', ...SMALL]);
    expect(out).toContain('E1115');
    expect((await vela(folder, ['backtest', 'rise.vela', ...SMALL])).out).not.toContain('E1115');
  });
});

describe('vela models', () => {
  test('lists, shows and compares', async () => {
    await vela(folder, ['train', 'rise.vela', ...SMALL]);
    const [first, second] = await versions();
    const { out } = await vela(folder, ['models']);
    expect(out.split('\n')[0]).toMatch(/^[0-9a-f]{12} +m +xgboost +from 2022-/);
    const shown = await vela(folder, ['models', 'show', first?.id.slice(0, 8) ?? '']);
    expect(shown.out).toContain(first?.id ?? '?');
    expect(shown.out).toContain('Base rates');
    const compared = JSON.parse(
      (await vela(folder, ['models', 'compare', first?.id ?? '', second?.id ?? '', '--json'])).out,
    );
    expect(compared.differences.map(({ what }: { what: string }) => what)).toContain('trainedAt');
  });

  test('a promoted version serves from its own activation on, and is not removed', async () => {
    const before = JSON.parse((await vela(folder, ['backtest', 'rise.vela', ...SMALL, '--json'])).out);
    const [, , third] = await versions();
    await vela(folder, ['models', 'promote', third?.id ?? '']);
    expect((await versions()).filter(({ promoted }) => promoted).map(({ id }) => id)).toEqual([third?.id]);
    const refused = await vela(folder, ['models', 'remove', third?.id ?? '']);
    expect([refused.code, refused.log]).toEqual([EXIT.errors, expect.stringContaining('E1144')]);
    const pinned = JSON.parse((await vela(folder, ['backtest', 'rise.vela', ...SMALL, '--json'])).out);
    expect(pinned.models[0].promoted).toBe(true);
    expect(pinned.models[0].versions.at(-1).id).toBe(third?.id);
    expect(pinned.journalHash).not.toBe(before.journalHash);
    await vela(folder, ['models', 'promote', '--trained', 'm']);
    const after = JSON.parse((await vela(folder, ['backtest', 'rise.vela', ...SMALL, '--json'])).out);
    expect(after.journalHash).toBe(before.journalHash);
  });

  test('a promoted version of other features is refused, naming the feature', async () => {
    const [first] = await versions();
    await vela(folder, ['models', 'promote', first?.id ?? '']);
    for (const [from, to, words] of [
      ['rsi(close, 14)', 'rsi(close, 15)', '`c` of model `m` is computed in another way'],
      ['  c = rsi(close, 14)\n', '', 'no longer has the feature `c`'],
      ['  c = rsi', '  d = volume\n  c = rsi', 'was trained without the feature `d`'],
    ] as const) {
      writeFileSync(join(folder, 'other.vela'), MODEL.replace(from, to));
      const { code, log } = await vela(folder, ['backtest', 'other.vela', ...SMALL]);
      expect(code).toBe(EXIT.errors);
      expect(log).toContain('E1140');
      expect(log).toContain(words);
    }
    await vela(folder, ['models', 'promote', '--trained', 'm']);
  });

  test('a graph made elsewhere is imported, and predicts only after the day it was trained to', async () => {
    const place = join(folder, '.vela', 'models', 'versions');
    const [{ id } = { id: '' }] = await versions();
    cpSync(join(place, id, 'model.onnx'), join(folder, 'given.onnx'));
    const asked = ['models', 'import', 'given.onnx', '--strategy', 'rise.vela', '--model', 'm'];
    const imported = JSON.parse((await vela(folder, [...asked, '--trained-to', '2022-02-28', '--json'])).out);
    expect(imported.activeFrom).toBe('2022-03-01T00:00:00.000Z');
    await vela(folder, ['models', 'promote', imported.imported]);
    const used = JSON.parse((await vela(folder, ['backtest', 'rise.vela', ...SMALL, '--json'])).out);
    expect(used.models[0].versions.at(-1)).toEqual({ id: imported.imported, activeFrom: '2022-03-01T00:00:00.000Z' });
    await vela(folder, ['models', 'promote', '--trained', 'm']);
    const removed = await vela(folder, ['models', 'remove', imported.imported]);
    expect(removed.code).toBe(EXIT.done);
  });

  test.each([
    [['models', 'lsit'], EXIT.usage, 'did you mean `list`?'],
    [['models', 'show', 'ffffffffffffffff'], EXIT.usage, 'E1142'],
    [['models', 'show'], EXIT.usage, 'show ID'],
    [['models', 'import', 'nothing.onnx', '--strategy', 'rise.vela', '--model', 'm'], EXIT.environment, 'ENOENT'],
    [['models', 'import', 'candles.csv', '--strategy', 'rise.vela', '--model', 'm'], EXIT.errors, 'E1160'],
    [['models', 'import', 'candles.csv', '--strategy', 'rise.vela', '--model', 'n'], EXIT.usage, 'no model `n`'],
    [['train', 'rise.vela', '--data', 'candles.csv', '--null', 'x'], EXIT.usage, '--null'],
    [['backtest', 'rise.vela', '--data', 'candles.csv', '--config', 'nowhere'], EXIT.environment, 'E1100'],
  ] as const)('%j', async (words, exit, said) => {
    const { code, log } = await vela(folder, words);
    expect(log).toContain(said);
    expect(code).toBe(exit);
  });

  test('a damaged version is told, and training again is told how', async () => {
    const [{ id } = { id: '' }] = await versions();
    appendFileSync(join(folder, '.vela', 'models', 'versions', id, 'model.onnx'), 'x');
    const { code, log } = await vela(folder, ['backtest', 'rise.vela', ...SMALL]);
    expect([code, log]).toEqual([EXIT.errors, expect.stringContaining('E1145')]);
    expect(log).toContain(`vela models remove ${id.slice(0, 12)}`);
    const removed = await vela(folder, ['models', 'remove', id]);
    expect([removed.code, removed.log]).toEqual([EXIT.done, '']);
    expect((await vela(folder, ['backtest', 'rise.vela', ...SMALL])).code).toBe(EXIT.done);
  });
});

describe('the configuration', () => {
  test('limits of the account hold where a document says so', async () => {
    mkdirSync(join(folder, 'deployment'));
    writeFileSync(
      join(folder, 'deployment', 'trading.yaml'),
      'trading: { risk_limits: { max_position_size: 0.25 } }\n',
    );
    const free = JSON.parse((await vela(folder, ['backtest', 'rise.vela', ...SMALL, '--json'])).out);
    const bound = JSON.parse(
      (await vela(folder, ['backtest', 'rise.vela', ...SMALL, '--config', 'deployment', '--json'])).out,
    );
    expect(bound.planHash).not.toBe(free.planHash);
    expect(bound.metrics.exposure).toBeLessThanOrEqual(free.metrics.exposure);
    expect(JSON.stringify(bound.assumptions)).toContain('Cap position');
    expect(existsSync(join(folder, 'config'))).toBe(false);
  });

  test('the configured model is printed as what it stands for', async () => {
    writeFileSync(
      join(folder, 'configured.vela'),
      'strategy "C"\ninstrument "BTC/USDT" on binance\nevery 1h\nwhen predict(model).up > config.entry_threshold enter long { size: 50% of equity }\nwhen predict(model).up < config.exit_threshold exit\nexecution { fill: next_open  fee: 10bp  slippage: 2bp }\n',
    );
    const { out } = await vela(folder, ['check', 'configured.vela']);
    for (const part of ['n_estimators: 1000', 'triple_barrier', 'walk_forward', 'config.entry_threshold  0.4'])
      expect(out).toContain(part);
    const { filledIn } = JSON.parse((await vela(folder, ['check', 'configured.vela', '--json'])).out);
    expect(filledIn[0].thresholds).toEqual({ 'config.entry_threshold': 0.4, 'config.exit_threshold': 0.35 });
  });
});

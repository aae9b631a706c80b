import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { SHIPPED } from '../../../language/check/configuration.ts';
import { modelSchema } from '../../../runtime/config/model-schema.ts';
import { cacheLimits, readConfiguration, resolved } from '../../../runtime/config/read.ts';
import { ModelError } from '../../../runtime/models/errors.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'vela-config-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** What is said of a document: code, place and sentence, and the help. */
async function said(name: 'model' | 'trading' | 'system', text: string): Promise<readonly string[]> {
  const folder = folderOf({ [`${name}.yaml`]: text });
  const error = await readConfiguration(folder).catch((thrown: unknown) => thrown);
  if (!(error instanceof ModelError)) return ['accepted'];
  return [`${error.code} ${error.line}:${error.column} ${error.message}`, error.help];
}

const repository = join(import.meta.dirname, '../../../config');

describe('the documents that are shipped', () => {
  test('say what the language falls back to', async () => {
    const { configuration, files } = await readConfiguration(join(repository, 'defaults'));
    expect(files.length).toBe(3);
    const { seed, train, ...written } = SHIPPED.model;
    expect(configuration).toEqual({ ...SHIPPED, model: written });
    expect(resolved(configuration)).toEqual(SHIPPED);
    expect([seed, train.method]).toEqual([0, 'walk_forward']);
  });

  test('have the schema of the trainers as they are', () => {
    const kept = JSON.parse(readFileSync(join(repository, 'model.schema.json'), 'utf8'));
    expect(kept).toEqual(JSON.parse(JSON.stringify(modelSchema())));
  });
});

describe('a folder of documents', () => {
  test('may hold some of them, and what is left out is as shipped', async () => {
    const folder = folderOf({
      'model.yaml': 'model:\n  type: xgboost\n  params: { max_depth: 4 }\n',
      'other.yaml': 'a: [',
    });
    const { configuration } = await readConfiguration(folder);
    expect(configuration).toEqual({ model: { type: 'xgboost', params: { max_depth: 4 } } });
    expect(resolved(configuration).model.params).toEqual({ n_estimators: 1000, max_depth: 4, learning_rate: 0.01 });
  });

  test('of another trainer takes none of the shipped parameters', async () => {
    const folder = folderOf({ 'model.yaml': 'model: { type: ridge, params: { alpha: 2.5 } }' });
    expect(resolved((await readConfiguration(folder)).configuration).model.params).toEqual({ alpha: 2.5 });
  });

  test('that is named must be there; ./config need not', async () => {
    const nowhere = join(tmpdir(), 'vela-config-nowhere');
    await expect(readConfiguration(nowhere)).rejects.toMatchObject({ code: 'E1100', environment: true });
    process.chdir(folderOf({}));
    expect(await readConfiguration()).toEqual({ configuration: {}, files: [] });
    mkdirSync('config');
    expect((await readConfiguration()).files).toEqual([]);
  });

  test('holds the cache to bytes and milliseconds', () => {
    const limits = (max_size: string, ttl: number) =>
      cacheLimits(resolved({ system: { cache_settings: { max_size, ttl } } }).system);
    expect(limits('1GB', 3600)).toEqual({ maxBytes: 1e9, ttlMs: 3_600_000 });
    expect(limits('1.5 MB', 0)).toEqual({ maxBytes: 1.5e6, ttlMs: 0 });
    expect(limits('12', 1)).toEqual({ maxBytes: 12, ttlMs: 1000 });
  });
});

describe('what is wrong with a document is told at its place', () => {
  test.each([
    [
      'system',
      'system:\n  venues:\n    binance: { redirect: "example.com:80" }\n',
      'E1103 3:26 `system.venues.binance.redirect` must be an address of this machine, such as `127.0.0.1:8123`, and is `example.com:80`',
      'write an address of this machine, such as `127.0.0.1:8123`',
    ],
    [
      'system',
      'system:\n  venues:\n    binance: { acount: main }\n',
      'E1102 3:16 `system.venues.binance` has no `acount`',
      'did you mean `account`?',
    ],
    [
      'system',
      'system:\n  venues:\n    coinbse: { account: main }\n',
      'E1102 3:5 `system.venues` has no `coinbse`',
      'did you mean `coinbase`?',
    ],
    ['model', 'model:\n  tpye: xgboost\n', 'E1102 2:3 `model` has no `tpye`', 'did you mean `type`?'],
    ['model', 'model: { type: xgbost }', 'E1105 1:16 `model.type` cannot be `xgbost`', 'did you mean `xgboost`?'],
    [
      'model',
      'model:\n  params:\n    n_estimators: 100\n    max_dpeth: 3\n',
      'E1102 4:5 `model.params` has no `max_dpeth`',
      'did you mean `max_depth`?',
    ],
    [
      'model',
      'model:\n  params: { learning_rate: 2 }\n',
      'E1104 2:28 `model.params.learning_rate` is 2, but must be above 0 and at most 1',
      'write a value that is above 0 and at most 1',
    ],
    [
      'model',
      'model: { type: ridge, params: { max_depth: 3 } }',
      'E1102 1:33 `model.params` has no `max_depth`',
      'it may hold `alpha`, `fit_intercept`',
    ],
    [
      'model',
      'model: { params: { max_depth: "3" } }',
      'E1103 1:31 `model.params.max_depth` must be a whole number, and is `3`',
      'write a whole number',
    ],
    [
      'model',
      'model: { features: [] }',
      'E1103 1:20 `model.features` must be at least one word, and is empty',
      'write at least one word',
    ],
    ['trading', 'model: { type: ridge }', 'E1102 1:1 the document has no `model`', 'it may hold `trading`'],
    ['trading', '', 'E1103 1:1 the document must be a mapping, and is empty', 'write a mapping'],
    [
      'trading',
      'trading:\n  risk_limits: { max_drawdown: 20 }\n',
      'E1104 2:32 `trading.risk_limits.max_drawdown` is 20, but must be above 0 and at most 1',
      'write a value that is above 0 and at most 1',
    ],
    [
      'trading',
      'trading:\n  signal_thresholds: { entry: 40% }\n',
      'E1103 2:31 `trading.signal_thresholds.entry` must be a number, and is `40%`',
      'write a number',
    ],
    [
      'system',
      'system: { cache_settings: { max_size: 1 gig } }',
      'E1103 1:39 `system.cache_settings.max_size` must be a size such as `500MB` or `1GB`, or a number of bytes, and is `1 gig`',
      'write a size such as `500MB` or `1GB`, or a number of bytes',
    ],
    [
      'system',
      'system: { logging: { level: INFOS } }',
      'E1105 1:29 `system.logging.level` cannot be `INFOS`',
      'did you mean `INFO`?',
    ],
    [
      'system',
      'system: [',
      'E1101 1:9 the document cannot be read: a `[` is not closed',
      'mend the text at this place',
    ],
    [
      'system',
      'system: {}\nsystem: {}\n',
      'E1101 2:1 the document cannot be read: `system` stands there twice',
      'mend the text at this place',
    ],
  ] as const)('%s: %j', async (name, text, sentence, help) => {
    expect(await said(name, text)).toEqual([sentence, help]);
  });

  test('thresholds that cross', async () => {
    const [sentence] = await said('trading', 'trading: { signal_thresholds: { exit: 0.5 } }');
    expect(sentence).toContain('E1108');
    expect(await said('trading', 'trading: { signal_thresholds: { entry: 0.6, exit: 0.5 } }')).toEqual(['accepted']);
  });
});

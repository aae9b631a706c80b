/** What editors offer is what the checker knows: keys of blocks, words, functions; and each snippet is of the language. */
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../language/check/kinds.ts';
import { SPECIAL_CALLS } from '../../language/check/special-calls.ts';
import { TRAINER_NAMES } from '../../language/check/trainer-settings.ts';
import { checkStrategy } from '../../language/index.ts';
import { fileFunctions, LANGUAGE_FUNCTIONS, libraryFunctions } from '../../language/query/functions.ts';
import {
  CAPS,
  DECLARATION_WORDS,
  KIND_WORDS,
  keysOf,
  SPECIAL_FUNCTIONS,
  TRAINERS,
  TRAINING_METHODS,
} from '../../language/query/vocabulary.ts';
import { DECLARATION_KEYWORDS } from '../../language/syntax/keywords.ts';
import { parse } from '../../language/syntax/parse.ts';
import { libraryTrees } from '../../stdlib/trees.ts';

const library = libraryTrees();

/** The keys that the checker says it knows, when it meets one that it does not. */
function knownKeys(statement: string): readonly string[] {
  const text = `strategy "Keys"\ninstrument "BTC/USDT" on binance\nevery 1h\nfeatures x {\n  mom = close / close[5]\n}\nlabel edge = forward_return(3)\nuniverse all = "ETH/USDT", "XRP/USDT" on binance\nlet w = 0.5\n${statement}\n`;
  const { program } = checkStrategy({ name: 'keys.vela', text, form: 'vela' }, { library });
  const known = program.problems.map(({ facts }) => facts.known).find(words => words !== undefined);
  return String(known ?? '')
    .split(/\s+/)
    .map(word => word.replaceAll('`', ''))
    .filter(word => word !== '');
}

describe('keys', () => {
  test.each([
    ['account', undefined, 'account { zzzz: 1 }'],
    ['execution', undefined, 'execution { zzzz: 1 }'],
    ['enter', undefined, 'when close > open enter long { zzzz: 1 }'],
    ['add', undefined, 'when close > open add long { zzzz: 1 }'],
    ['exit', undefined, 'when close > open exit { zzzz: 1 }'],
    ['rebalance', undefined, 'rebalance every 1w to w across all { zzzz: 1 }'],
    ['universe', undefined, 'universe more = "ADA/USDT", "LTC/USDT" on binance { zzzz: 1 }'],
    ['train', 'walk_forward', 'model m = ridge learn edge from x\ntrain m walk_forward { zzzz: 1 }'],
    ['train', 'hold_out', 'model m = ridge learn edge from x\ntrain m hold_out { zzzz: 1 }'],
    ['train', 'purged_kfold', 'model m = ridge learn edge from x\ntrain m purged_kfold { zzzz: 1 }'],
    ['train', 'combinatorial', 'model m = ridge learn edge from x\ntrain m combinatorial { zzzz: 1 }'],
    ['model', 'xgboost', 'model m = xgboost learn edge from x { zzzz: 1 }'],
    ['model', 'mlp', 'model m = mlp learn edge from x { zzzz: 1 }'],
  ])('%s %s', (block, about, statement) => {
    const offered = keysOf(block, about).map(({ name }) => name);
    expect(offered.toSorted()).toEqual([...knownKeys(statement)].toSorted());
    expect(new Set(offered).size).toBe(offered.length);
  });

  test('of caps', () => {
    expect(CAPS.map(({ name }) => name).toSorted()).toEqual([...knownKeys('risk { cap zzzz at 5% }')].toSorted());
  });
});

test('every declaration has its word, and its snippet can be read', () => {
  expect(Object.keys(DECLARATION_WORDS).toSorted()).toEqual([...DECLARATION_KEYWORDS].toSorted());
  for (const { name, snippet = '' } of Object.values(DECLARATION_WORDS)) {
    // Without a value of its own a place stands for one.
    const text = snippet
      .replace(/\$\{\d+\|([^,|}]*)[^}]*\}/g, '$1')
      .replace(/\$\{\d+:((?:[^{}]|\$\{\d+:[^}]*\})*)\}/g, (_, inner: string) =>
        inner.replace(/\$\{\d+:([^}]*)\}/g, '$1'),
      )
      .replace(/"\$\d"/, '"title"')
      .replace(/= \$0$/, '= close')
      .replace(/expect \$0/, 'expect x == 1')
      .replace(/= \$0/, '= close')
      .replaceAll('$0', '');
    const filled = text.replace(/\{\s*\}/, name === 'at' ? '{ let a = close }' : '{ }');
    expect({ name, problems: parse({ name, text: filled, form: 'vela' }).problems.map(({ code }) => code) }).toEqual({
      name,
      problems: [],
    });
  }
});

test('kinds, trainers and methods', () => {
  expect(KIND_WORDS.map(({ name }) => name).toSorted()).toEqual([...KINDS].toSorted());
  expect(
    TRAINERS.map(({ name }) => name)
      .filter(name => name !== 'onnx')
      .toSorted(),
  ).toEqual([...TRAINER_NAMES].toSorted());
  expect(TRAINING_METHODS.map(({ name }) => name)).toEqual([
    'walk_forward',
    'hold_out',
    'purged_kfold',
    'combinatorial',
  ]);
});

describe('functions', () => {
  test('every call that the checker knows by name, with its parameters', () => {
    const ours = new Map(
      SPECIAL_FUNCTIONS.map(({ name, parameters }) => [name, parameters.map(parameter => parameter.name)]),
    );
    const theirs = new Map(
      [...SPECIAL_CALLS].map(([name, { parameters }]) => [name, parameters.map(parameter => parameter.name)]),
    );
    expect([...ours.keys()].toSorted()).toEqual([...theirs.keys()].toSorted());
    for (const [name, parameters] of theirs) expect({ name, parameters: ours.get(name) }).toEqual({ name, parameters });
  });
  test('signatures come from the declarations', () => {
    expect(libraryFunctions(library).get('sma')?.signature).toBe('sma(src: num, n: bars, need: bars = n) -> num');
    expect(LANGUAGE_FUNCTIONS.get('variance')?.parameters[1]).toMatchObject({ name: 'n', wants: 'bars' });
    const tree = parse({
      name: 'f',
      text: 'fn twice(x: price, k: num = 2) -> (a, b) { let a = x  let b = k }',
      form: 'vela',
    }).tree;
    expect(fileFunctions(tree).get('twice')?.signature).toBe('twice(x: price, k: num = 2) -> (a, b)');
  });
});

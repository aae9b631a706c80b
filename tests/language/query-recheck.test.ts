/**
 * A check after an edit takes over what still holds. It must say what a fresh check says: of random edits to the example
 * strategies and to a file of errors, problem by problem, stream by stream.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkStrategyInDetail, readStrategy, type StrategyInDetail, toJson, warmupOf } from '../../language/index.ts';
import { withoutPositions } from '../../language/syntax/positions.ts';
import type { SourceFile } from '../../language/syntax/tree.ts';
import { toYaml } from '../../language/yaml/write.ts';
import { libraryTrees } from '../../stdlib/trees.ts';

const options = {
  library: libraryTrees(),
  modules: new Map([
    ['lib.vela', readStrategy(library('param more_by = 3 in 1..5\nfn more(x: num) -> num = x + more_by\n')).tree],
  ]),
};
function library(text: string): SourceFile {
  return { name: 'lib.vela', text, form: 'vela' };
}
const folder = join(import.meta.dirname, '../../strategies');
const examples = readdirSync(folder)
  .filter(name => name.endsWith('.vela'))
  .map(name => readFileSync(join(folder, name), 'utf8'));

const faulty = `strategy "Faulty"
instrument "BTC/USDT" on binance
every 1h
clock day = 1d
param n: bars = 14 in 5..30
fn twice(x: num) -> num = x + x   # doubled
fn half(x: num, k: bars) -> num { let y = x / 2
  let z = y + sma(x, k) }
at day { let slow = ema(close, 50)  signal calm = close > slow }
let a = sma(close, n) + closee
let b = twice(a) + volume
## documented
let c = latest(slow) - half(close, 3)
state s starts 0 then prev s + 1 reset when new(day)
signal up = a crosses above c and calm
signal down = latest(calm) and b
when up enter long { size: 10% of equity  stop: entry - 2 * atr(14) }
when down exit
plot a, b on price
execution { fee: 10bp  slippage: 2bp }
`;

/** Everything else that names can stand for. */
const learned = `strategy "Learned"
universe few = "BTC/USDT", "ETH/USDT", "SOL/USDT" on binance
every 1h
clock day = 1d
use "lib.vela" as lib
input fear: index every 1d from "fng" { lag: 1h  gaps: hold  max_gap: 3d }
param n: bars = 14 in 5..30
param k = 2 in 1..4 step 0.5
param gone: bars = 5
require n > gone
fn twice(x: num) -> num = lib.more(x) * k
fn same(x: num) -> num = twice(x) / k
let base = ema(close, n)
let fast = twice(close / base) * plain(latest(fear))
state tally starts 0 then prev tally + k reset when new(day)
features x across few {
  mom  = rank(close[n] / close[24] - 1)
  near = zscore(fast)
}
features y across few {
  mom  = rank(close[5] / close[24] - 1)
  near = zscore(tally)
}
label edge = rank(forward_return(n)) across few
label up = forward_return(3) > 0
model m = xgboost learn edge from x when fast > 0 { max_depth: 3  seed: 7 }
train m walk_forward { window: 2y  retrain: 3mo }
model j = logistic learn up from x
train j walk_forward { window: 1y  retrain: 3mo }
let score = predict(m)
let other = predict(m, y) + drift(j, window = 50 bars)
let pick = rank(score) across few
rebalance every 1w to scale((if pick > 0.5 then 1 else 0) / stdev(returns(close), n), gross = 100%) across few { band: 1% }
execution { fee: 10bp  slippage: 2bp }
`;
const SNIPPETS = [
  'a',
  '1',
  ' ',
  '\n',
  '(',
  ')',
  '{',
  '}',
  '"',
  '#',
  '##',
  '*',
  'let ',
  'signal x = ',
  'close',
  ' and ',
  'sma(close, 5)',
  '.',
  ',',
  '=',
  'é😀',
  '\r\n',
  'when up exit',
  'twice(1)',
  'latest(',
  '%',
  '-1',
  'n',
  'k',
  '5',
  'mom',
  'predict(m)',
];

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat(6),
  put: fc.constantFrom('', ...SNIPPETS),
  /** Otherwise the next edit comes before a check of this one. */
  isChecked: fc.boolean(),
});

/** What changes a number or a line's indentation, and leaves most of YAML in form. */
const inYaml = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.constantFrom(0, 0, 1),
  put: fc.constantFrom('1', '2', ' ', '', '\n', '\n  ', 'let:\n  more: 1\n', '# note\n'),
  isChecked: fc.boolean(),
});

function check(text: string, before?: StrategyInDetail, form: SourceFile['form'] = 'vela'): StrategyInDetail {
  return checkStrategyInDetail({ name: `edited.${form}`, text, form }, options, before);
}

function withoutNodes(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, part: unknown) => (key === 'node' ? undefined : part)));
}

/** All that an editor can see of a check; numbers of nodes it cannot. */
function seen({ tree, program, diagnostics }: StrategyInDetail) {
  const warmups = warmupOf(program);
  return {
    tree: withoutPositions(tree),
    spans: tree.declarations.map(({ span }) => span),
    broken: tree.broken ?? [],
    diagnostics: diagnostics.map(toJson),
    streams: program.streams.map(({ node, ...stream }) => {
      const { op, base, unit, clock, stage } = program.nodes[node] ?? {};
      return { ...stream, op, base, unit, clock, stage, warmup: warmups[node] };
    }),
    rules: program.rules.map(({ verb, text, span, when }) => ({ verb, text, span, warmup: warmups[when] })),
    plots: program.plots.map(({ name, pane }) => ({ name, pane })),
    notYet: program.notYet,
    fixed: [program.params, program.universes, program.instruments, program.clocks, program.account],
    requires: program.requires.map(({ text, span }) => ({ text, span })),
    blocks: program.blocks.map(({ columns, ...block }) => ({
      ...block,
      columns: columns.map(({ node, ...column }) => ({ ...column, warmup: warmups[node] })),
    })),
    labels: program.labels.map(({ node, ...label }) => ({ ...label, warmup: warmups[node] })),
    models: withoutNodes(program.models),
    rebalances: program.rebalances.map(({ text, span, when }) => ({ text, span, warmup: warmups[when] })),
  };
}

const runs = process.env.VELA_DEEP === '1' ? 1000 : 40;

describe('a check after an edit', () => {
  test.each([
    ['examples', examples],
    ['a file of errors', [faulty]],
    ['models, markets, params, modules', [learned]],
  ] as const)('says what a fresh one says: %s', (_, texts) => {
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 12 }), (text, edits) => {
        let now = text;
        let before = check(now);
        for (const { at, cut, put, isChecked } of edits) {
          const start = Math.floor(at * now.length);
          now = now.slice(0, start) + put + now.slice(start + cut);
          if (!isChecked) continue;
          before = check(now, before);
          expect(seen(before)).toEqual(seen(check(now)));
        }
      }),
      { numRuns: runs },
    );
  });

  test('says what a fresh one says: YAML', () => {
    const texts = [...examples, learned].map(text => toYaml(readStrategy({ name: 'x', text, form: 'vela' }).tree));
    const edits = fc.array(fc.oneof(edit, inYaml), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.constantFrom(...texts), edits, (text, all) => {
        let now = text;
        let before = check(now, undefined, 'yaml');
        for (const { at, cut, put, isChecked } of all) {
          const start = Math.floor(at * now.length);
          now = now.slice(0, start) + put + now.slice(start + cut);
          if (!isChecked) continue;
          before = check(now, before, 'yaml');
          expect(seen(before)).toEqual(seen(check(now, undefined, 'yaml')));
        }
      }),
      { numRuns: runs },
    );
  });

  test.each(['vela', 'yaml'] as const)('two edits in one go move what stands between them: %s', form => {
    const inForm = (text: string) =>
      form === 'vela' ? text : toYaml(readStrategy({ name: 'x', text, form: 'vela' }).tree);
    const text = `strategy "Edited"
instrument "BTC/USDT" on binance
every 1h
let quick = sma(close, 5)
let slow = sma(closee, 50) + volume
signal up = close crosses above quick
when up enter long { size: 10% of equity }
plot slow on price
execution { fee: 10bp  slippage: 2bp }
`;
    const now = text.replace('sma(close, 5)', 'sma(close, 5) * 1.5').replace('above quick', 'above quick + 1');
    const [before, after] = [check(inForm(text), undefined, form), inForm(now)];
    expect(before.diagnostics.length).toBeGreaterThan(1);
    const again = check(after, before, form);
    expect(seen(again)).toEqual(seen(check(after, undefined, form)));
    // Once more, for what was kept of it.
    const later = after.replace('10%', '100%');
    expect(seen(check(later, again, form))).toEqual(seen(check(later, undefined, form)));
  });

  test('two statements that change places', () => {
    const [first, second] = ['let a = sma(close, n) + closee\n', 'let b = twice(a) + volume\n'];
    const now = faulty.replace(first + second, second + first);
    expect(now).not.toBe(faulty);
    expect(seen(check(now, check(faulty)))).toEqual(seen(check(now)));
  });

  test('typing a statement letter by letter', () => {
    const typed = 'let extra = sma(close, n) * 2 + latest(slow)\nsignal late = extra > close\n';
    const start = faulty.indexOf('## documented');
    let before = check(faulty);
    for (let length = 1; length <= typed.length; length++) {
      const now = faulty.slice(0, start) + typed.slice(0, length) + faulty.slice(start);
      before = check(now, before);
      expect(seen(before)).toEqual(seen(check(now)));
    }
  });

  test.each([
    ['a value of a param', 'n: bars = 14', 'n: bars = 15'],
    ['a function', 'lib.more(x) * k', 'lib.more(x) * 2 * k'],
    ['a column', 'close[n] / close[24]', 'close[n] / close[25]'],
    ['a label', 'forward_return(3) > 0', 'forward_return(4) > 0'],
    ['a setting of a model', 'max_depth: 3', 'max_depth: 4'],
    ['a training', 'window: 2y', 'window: 3y'],
    ['a stream that a model is asked by', 'pick = rank(score)', 'pick = 1 - rank(score)'],
    ['a weight', 'gross = 100%', 'gross = 90%'],
  ])('takes over what still holds after an edit of %s', (_, from, to) => {
    expect(learned).toContain(from);
    const before = check(learned);
    expect(before.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    const now = learned.replace(from, to);
    const after = check(now, before);
    expect(seen(after)).toEqual(seen(check(now)));
    // Nodes that nothing reads any more are left behind, where the array was taken over.
    expect(after.program.nodes.length).toBeGreaterThan(check(now).program.nodes.length);
  });
});

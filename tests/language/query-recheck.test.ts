/**
 * A check after an edit takes over what still holds. It must say what a fresh check says: of random edits to the example
 * strategies and to a file of errors, problem by problem, stream by stream.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkStrategyInDetail, type StrategyInDetail, toJson, warmupOf } from '../../language/index.ts';
import { withoutPositions } from '../../language/syntax/positions.ts';
import { libraryTrees } from '../../stdlib/trees.ts';

const options = { library: libraryTrees() };
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
];

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat(6),
  put: fc.constantFrom('', ...SNIPPETS),
});

function check(text: string, before?: StrategyInDetail): StrategyInDetail {
  return checkStrategyInDetail({ name: 'edited.vela', text, form: 'vela' }, options, before);
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
  };
}

const runs = process.env.VELA_DEEP === '1' ? 1000 : 60;

describe('a check after an edit', () => {
  test.each([
    ['examples', examples],
    ['a file of errors', [faulty]],
  ] as const)('says what a fresh one says: %s', (_, texts) => {
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 12 }), (text, edits) => {
        let now = text;
        let before = check(now);
        for (const { at, cut, put } of edits) {
          const start = Math.floor(at * now.length);
          now = now.slice(0, start) + put + now.slice(start + cut);
          before = check(now, before);
          expect(seen(before)).toEqual(seen(check(now)));
        }
      }),
      { numRuns: runs },
    );
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
});

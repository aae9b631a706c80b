/**
 * Every way to leak the future that language.md §2 and §5 name, and those that people bring along from other tools: the
 * code, the words pointed at, and the fix where there is one.
 */
import { describe, expect, it } from 'vitest';
import { checkText } from '../../support/language.ts';

const HEAD = 'strategy "leaks"\ninstrument "BTC/USDT" on binance\nevery 1h\nclock day = 1d\nclock h4 = 4h\n';
const LABEL = 'label edge = ahead(close, 6) / close - 1\n';
const ENTER = 'when close > open enter long';

interface Leak {
  /** `code: the words pointed at`. */
  readonly told: readonly string[];
  /** The text after the first error's fix. */
  readonly mended?: string;
}

function leakOf(body: string, head = HEAD): Leak {
  const text = head + body;
  const errors = checkText(text).diagnostics.filter(({ severity }) => severity === 'error');
  const [edit, more] = errors[0]?.fix?.edits ?? [];
  const told = errors.map(({ code, span }) => `${code}: ${text.slice(span.start, span.end)}`);
  if (!edit || more) return { told };
  return { told, mended: (text.slice(0, edit.span.start) + edit.text + text.slice(edit.span.end)).slice(head.length) };
}

describe('an offset that may be negative', () => {
  it.each([
    ['let x = close[-1]', 'E0302: -1', 'let x = close[1]'],
    ['let x = close[1 - 3]', 'E0302: 1 - 3', 'let x = close[2]'],
    ['let x = close[-1d]', 'E0302: -1d', 'let x = close[24]'],
    ['let x = close[3][-1]', 'E0302: -1', 'let x = close[3][1]'],
    ['let x = prev close[-2]', 'E0302: -2', 'let x = prev close[2]'],
    ['at day { let c = close[-1] }', 'E0302: -1', 'at day { let c = close[1] }'],
    ['at day { let c = close }\nlet x = latest(c)[-1]', 'E0302: -1', undefined],
    ['param k: bars = 1 in -5..5\nlet x = close[k]', 'E0302: k', undefined],
    ['param k: bars = 1 in 0..5\nlet x = close[-k]', 'E0302: -k', undefined],
    ['param k: bars = 1 in 0..5\nlet x = close[k - 3]', 'E0302: k - 3', undefined],
    ['let x = returns(close, -1)', 'E0302: -1', 'let x = returns(close, 1)'],
    ['let x = close[bars_held]', 'E0601: bars_held', undefined],
    ['let x = close[if close > open then 1 else -1]', 'E0601: if close > open then 1 else -1', undefined],
    ['let x = highest(high, -5)', 'E0407: -5', undefined],
    ['label e = close[-5]', 'E0302: -5', 'label e = close[5]'],
    ['label e = ahead(close, -5)', 'E0302: -5', 'label e = ahead(close, 5)'],
  ])('%s', (body, told, mended) => {
    const leak = leakOf(body);
    expect(leak.told).toEqual([told]);
    if (mended !== undefined) expect(leak.mended).toBe(mended);
  });
});

describe('`ahead` and its kin outside of labels', () => {
  it.each([
    ['let x = ahead(close, 1)', 'ahead(close, 1)'],
    ['signal s = forward_return(3) > 0', 'forward_return(3)'],
    ['at day { let x = ahead(close, 1) }', 'ahead(close, 1)'],
    ['fn peek(n: bars) -> price = ahead(close, n)\nlet x = peek(2)', 'ahead(close, n)'],
    ['state s starts ahead(close, 1) then prev s', 'ahead(close, 1)'],
    ['when ahead(close, 1) > close exit', 'ahead(close, 1)'],
    [`${ENTER} { size: 10% of equity  stop: ahead(low, 1) }`, 'ahead(low, 1)'],
    ['plot ahead(close, 1) on price', 'ahead(close, 1)'],
    ['features x { a = ahead(close, 1) }', 'ahead(close, 1)'],
  ])('%s', (body, told) => {
    expect(leakOf(body).told).toEqual([`E0303: ${told}`]);
  });

  it('also where a universe is picked', () => {
    const head = 'strategy "leaks" every 1d ';
    const body = 'universe u = "*/USDT" on binance { pick: 20 by ahead(close, 5)  where: age > 90d  every: 1w }';
    expect(leakOf(body, head).told).toEqual(['E0303: ahead(close, 5)']);
  });
});

describe('a label where anything is decided', () => {
  const places: Readonly<Record<string, string>> = {
    'a let': 'let x = edge * 2',
    'the past of a label, which ends in the future': 'let x = edge[3]',
    'prev of a label': 'let x = prev edge',
    'a choice': 'let x = if edge > 0 then 1 else 2',
    'a start': 'state s starts edge then prev s',
    'an update': 'state s starts 0 then prev s + edge',
    'a reset': 'state s starts 0 then prev s + 1 reset when edge > 0',
    'a window': 'let n = count(edge > 0, 10)',
    'a slower clock': 'let x = sample(edge, day)',
    'a block of a slower clock': 'at day { let z = sample(edge, day) }',
    'an account condition': 'let x = stopped_out and edge > 0',
    'a size': `${ENTER} { size: edge of equity  stop: entry * 0.9 }`,
    'a stop': `${ENTER} { size: 10% of equity  stop: entry * (1 - edge) }`,
    'a target': `${ENTER} { size: 10% of equity  stop: entry * 0.9  target: entry * (1 + edge) }`,
    'a trail': `${ENTER} { size: 10% of equity  stop: entry * 0.9  trail: edge }`,
    'where a trail begins': `${ENTER} { size: 10% of equity  stop: entry * 0.9  trail: 1% after edge }`,
    'a price': `${ENTER} { at: limit close * (1 + edge)  size: 10% of equity  stop: entry * 0.9 }`,
    'a preference': `${ENTER} { size: 10% of equity  stop: entry * 0.9  prefer: edge }`,
    'a share': `${ENTER} { size: 10% of equity  stop: entry * 0.9 }\nwhen close < open reduce edge`,
    'a pause': 'risk { pause 5 bars when edge > 0 }',
    slippage: 'execution { fee: 1bp  slippage: 0.1 * edge }',
    'a standing order': 'while edge > 0 keep buy 1 base at limit close',
    'a portfolio': 'rebalance every 1w to edge',
    'a feature': 'features x { a = edge }',
  };
  it.each(Object.entries(places))('%s', (_, body) => {
    expect(leakOf(LABEL + body).told).toEqual(['E0301: edge']);
  });

  it.each([
    ['a function', 'fn f() -> num = edge\nlet x = f()', 'f()'],
    ['a function of a function', 'fn f() -> num = edge\nfn g(a: num) -> num = a + f()\nlet x = g(1)', 'g(1)'],
    ['a default', 'fn g(a: num = edge) -> num = a\nlet x = g()', 'g()'],
    ['a line of a block', 'fn g(a: num) -> num { let b = edge  let c = a + b }\nlet x = g(1)', 'g(1)'],
  ])('through %s: at the call', (_, body, call) => {
    const { diagnostics } = checkText(HEAD + LABEL + body);
    const [error] = diagnostics.filter(({ code }) => code === 'E0301');
    expect((HEAD + LABEL + body).slice(error?.span.start, error?.span.end)).toBe(call);
    expect(error?.related.length).toBe(2);
  });

  it('but not where a name of a function merely equals it', () => {
    expect(leakOf(`${LABEL}fn g(edge: num) -> num = edge\nlet x = g(close)`).told).toEqual([]);
  });

  it('is fixed before the run, so neither a param nor a limit nor a requirement takes one', () => {
    expect(leakOf(`${LABEL}param p = edge in 0..1`).told).toEqual(['E0130: edge']);
    expect(leakOf(`${LABEL}require edge > 0`).told).toEqual(['E0406: edge > 0']);
    expect(leakOf(`${LABEL}risk { cap exposure at edge }`).told).toContain('E0301: edge');
  });

  it('may be drawn, and learned from', () => {
    expect(leakOf(`${LABEL}plot edge on future\nlabel good = edge > 0`).told).toEqual([]);
  });
});

describe('a statistic of the whole file', () => {
  it.each([
    ['let x = close - mean(close)', 'mean(close)', 'let x = close - mean(close, 20)'],
    ['let x = close / max(high)', 'max(high)', 'let x = close / highest(high, 20)'],
    ['let x = zscore(close)', 'zscore(close)', 'let x = zscore(close, 20)'],
    ['let x = sma(close)', 'sma(close)', 'let x = sma(close, 20)'],
    ['let x = close / stdev(close)', 'stdev(close)', 'let x = close / stdev(close, 20)'],
  ])('%s', (body, told, mended) => {
    expect(leakOf(body)).toEqual({ told: [`E0304: ${told}`], mended });
  });
});

describe('an unfinished bar of a slower clock', () => {
  const DAY = 'at day { let c = close }\n';
  it.each([
    [`${DAY}let x = close > c`, 'E0201: close > c', `${DAY}let x = close > latest(c)`],
    [`${DAY}when c > 5 exit`, 'E0202: c > 5', undefined],
    ['let x = latest(close)', 'E0203: close', 'let x = close'],
    ['at day { let c = latest(close) }', 'E0203: close', 'at day { let c = close }'],
    [`${DAY}let x = sample(c, h4)`, 'E0206: c', undefined],
    [`${DAY}let x = sample(c, day)`, 'E0206: c', undefined],
    ['clock fast = 15m', 'E0204: 15m', undefined],
    ['at day { let mine = profit or else 0% }', 'E0207: profit', undefined],
  ])('%s', (body, told, mended) => {
    const leak = leakOf(body);
    expect(leak.told).toEqual([told]);
    if (mended !== undefined) expect(leak.mended).toBe(mended);
  });
});

describe('data that were published later than they are stamped', () => {
  it.each([
    ['input fng: index every 1d from "fng" { gaps: hold }', 'E0305: fng'],
    ['input fng: index every 1d from "fng" { lag: -1h }', 'E0442: -1h'],
  ])('%s', (body, told) => {
    expect(leakOf(body).told).toEqual([told]);
  });
});

describe('what a model must not learn from', () => {
  it.each([
    ['features x { a = profit }', 'E0306: profit'],
    ['label e = profit', 'E0306: profit'],
    ['label e = ahead(profit, 1)', 'E0306: profit'],
    ['fn mine() -> num = profit or else 0\nfn more() -> num = mine()\nfeatures x { a = more() }', 'E0306: more()'],
    ['state n starts 0 then prev n + 1\nfeatures x { a = n }', 'E0308: n'],
  ])('%s', (body, told) => {
    expect(leakOf(body).told).toEqual([told]);
  });
});

describe('words of other tools', () => {
  it.each([
    ['let x = shift(close, -1)', 'E0303: shift(close, -1)', 'let x = close[1]'],
    ['let x = close.shift(-1)', 'E0303: close.shift(-1)', 'let x = close[1]'],
    ['let x = ref(close, -2)', 'E0303: ref(close, -2)', 'let x = close[2]'],
    ['let x = lead(close, 1)', 'E0303: lead(close, 1)', 'let x = close[1]'],
    ['let x = next(close)', 'E0303: next(close)', 'let x = close[1]'],
    ['let x = close.shift(3)', 'E0130: close.shift', 'let x = close[3]'],
    ['let x = lag(close, 3)', 'E0130: lag', 'let x = close[3]'],
    ['let x = ta.sma(close, 5)', 'E0130: ta.sma', 'let x = sma(close, 5)'],
    ['let x = ta.crossover(close, open)', 'E0130: ta.crossover', 'let x = close crosses above open'],
    ['let x = nz(close, 0)', 'E0130: nz', 'let x = close or else 0'],
    ['let x = request.security("BTC/USDT", "1d", close)', 'E0130: request.security', undefined],
    ['let x = cummax(close)', 'E0130: cummax', undefined],
  ])('%s', (body, told, mended) => {
    expect(leakOf(body)).toEqual({ told: [told], ...(mended !== undefined && { mended }) });
  });

  it('says what is written instead', () => {
    const helpOf = (body: string) => checkText(HEAD + body).diagnostics.map(({ help }) => help)[0];
    expect(helpOf('let x = security("X", day, close)')).toContain('`latest(trend)`');
    expect(helpOf('let x = cummax(close)')).toContain('`state top starts close then max(prev top, close)`');
    expect(helpOf('let x = close.shift(2)')).toBe('here it is written `close[2]`');
  });

  it('but a function of the file may have any of these names', () => {
    expect(leakOf('fn shift(x: num, k: bars) -> num = x[k]\nlet x = shift(close, 2)').told).toEqual([]);
  });
});

it('a loop that reads further ahead with every turn ends the check, not the machine', () => {
  const body = 'fn f(x: num) -> num { state s starts 0 then ahead(prev s, 1) + x }\nlabel e = f(close)\nlet x = e';
  expect(leakOf(body).told).toEqual(['E0308: f(close)', 'E0301: e']);
});

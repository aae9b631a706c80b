import { describe, expect, it } from 'vitest';
import { complaints, HEAD, lowered, mended, program, typeOf } from './support.ts';

const DAILY = 'at day { let d = close }\n';

describe('clocks', () => {
  it.each([
    [`${DAILY}let x = d > close`, 'E0201 d > close'],
    [`${DAILY}let x = correlation(d, close, 20)`, 'E0201 correlation(d, close, 20)'],
    [`${DAILY}state s starts 0 then prev s + d`, 'E0201 prev s + d'],
    [`${DAILY}state s starts 0 then if d > 1 then 1 else 0`, 'E0201 if d > 1 then 1 else 0'],
    [`${DAILY}when d > 5 exit`, 'E0202 d > 5'],
    [`${DAILY}when close > 5 enter long { size: 5% of equity  stop: d }`, 'E0202 d'],
    ['let x = latest(close)', 'E0203 close'],
    [`clock week = 1w\n${DAILY}at week { let x = latest(d) }`, 'E0203 d'],
    ['clock fast = 15m', 'E0204 15m'],
    ['clock same = 1h', 'E0204 1h'],
    ['clock odd = 90m', 'E0204 90m'],
    ['let x = sma(close, 90m)', 'E0205 90m'],
    ['let x = sma(close, 1mo)', 'E0205 1mo'],
    ['at day { let x = sma(close, 36h) }', 'E0205 36h'],
    ['clock month = 1mo\nat month { let x = sma(close, 30d) }', 'E0205 30d'],
    ['param w: duration = 3h in 1h..9h step 30m\nlet x = sma(close, w)', 'E0205 w'],
    ['at day { let x = sample(close, day) }', 'E0206 close'],
    ['clock a = 3h\nclock b = 7h\nat a { let d = close }\nat b { let x = sample(d, b) }', 'E0204 sample(d, b)'],
    ['at day { let x = position }', 'E0207 position'],
    ['at day { let x = new(day) }', 'E0208 day'],
  ])('%s', (body, problem) => {
    expect(complaints(body)).toEqual([problem]);
  });

  it.each([
    ['at day { let x = atr(20) }', 'a price in USDT per BTC @day'],
    [`${DAILY}let x = latest(d)`, 'a price in USDT per BTC @base'],
    [`${DAILY}let x = ema(d, 5)`, 'a price in USDT per BTC @day'],
    ['let x = sample(position, day)', 'an amount of BTC @day'],
    ['clock week = 1w\nat day { let x = new(week) }', 'bool @day'],
    [`clock week = 1w\n${DAILY}at week { let x = sample(d, week) }`, 'a price in USDT per BTC @week'],
  ])('%s: x is %s', (body, type) => {
    expect(typeOf(body, 'x')).toBe(type);
  });

  it.each([
    ['let x = sma(close, 3d)', '(mean close 72)'],
    ['at day { let x = sma(close, 14d) }', '(mean close@day 14)'],
    ['param w: duration = 3h in 1h..9h step 1h\nlet x = mean(close, w)', '(mean close (round (/ $w 3600000)))'],
    ['let x = new(day)', 'new:day'],
    [`${DAILY}let x = latest(d, max_age = 2d)`, '(latest close@day 172800000)'],
    ['let x = latest(5) + close', '(+ 5 close)'],
  ])('%s', (body, form) => {
    expect(lowered(body, 'x')).toBe(form);
  });

  it('reads the bars of the clock that a function is called on', () => {
    expect(lowered('at day { let x = true_range() }', 'x')).not.toMatch(/\b(high|low|close)\b(?!@day)/);
    expect(lowered(`fn spread(x: price) -> price = x - open\n${DAILY}let x = spread(d)`, 'x')).toBe(
      '(- close@day open@day)',
    );
  });

  it('brings the slow side over', () => {
    expect(mended(`${DAILY}let x = close > d`, 'E0201')).toBe(`${DAILY}let x = close > latest(d)`);
    expect(mended(`${DAILY}when d > 5 exit`, 'E0202')).toBe(`${DAILY}when latest(d > 5) exit`);
    expect(mended('let x = latest(close) + 1', 'E0203')).toBe('let x = close + 1');
  });

  it('says nothing more about a clock that does not align', () => {
    expect(complaints('clock odd = 90m\nat odd { let d = close }\nlet x = latest(d) + volume')).toEqual(['E0204 90m']);
  });

  it('knows weeks from Monday, and months by the calendar', () => {
    const { clocks, problems } = program('clock week = 1w\nclock month = 1mo\nclock year = 1y');
    expect(problems.filter(({ code }) => code.startsWith('E'))).toEqual([]);
    expect(clocks.map(({ period }) => period)).toEqual([
      { kind: 'fixed', ms: 3_600_000, anchorMs: 0 },
      { kind: 'fixed', ms: 86_400_000, anchorMs: 0 },
      { kind: 'fixed', ms: 604_800_000, anchorMs: 345_600_000 },
      { kind: 'months', months: 1 },
      { kind: 'months', months: 12 },
    ]);
  });

  it('cannot run a clock of a time zone yet', () => {
    expect(program('clock ny = 1d in "America/New_York"').notYet.map(({ what }) => what)).toEqual([
      'a clock in a time zone',
    ]);
    expect(HEAD).toContain('every 1h');
  });
});

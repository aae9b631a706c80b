/** Where a value must exist and may be absent: what is pointed at, and what as its cause. */
import { describe, expect, it } from 'vitest';
import { checkText } from '../../support/language.ts';

const HEAD = 'strategy "Absence"\ninstrument "ETH/USDT:USDT" on binance\nevery 1h\nclock day = 1d\n';
const GO = 'when close crosses above open';

function found(body: string) {
  return checkText(HEAD + body)
    .diagnostics.filter(({ code }) => code === 'E0801')
    .map(({ file, span, related }) => ({
      at: file.text.slice(span.start, span.end),
      because: related.map(cause => cause.file.text.slice(cause.span.start, cause.span.end)),
    }));
}

describe('an absent value', () => {
  it('is pointed at where it stands', () => {
    expect(found(`${GO} enter long { size: closed.pnl * 2  stop: entry * 0.9 }`)).toEqual([
      { at: 'closed.pnl', because: [] },
    ]);
    expect(
      found(`${GO} enter long { size: 5% of equity  hold: 3 bars }\nexecution { fee: 1bp  slippage: funding * 2 }`),
    ).toEqual([{ at: 'funding', because: [] }]);
  });

  it('is named with its cause where it comes from elsewhere', () => {
    const [one] = found(`let lows = lowest_since(low, new(day))\n${GO} enter long { size: 5% of equity  stop: lows }`);
    expect(one?.at).toBe('lows');
    expect(one?.because).toEqual([expect.stringContaining('prev bottom')]);
    expect(found(`let won = closed.pnl * 2\n${GO} enter long { size: won  stop: entry * 0.9 }`)).toEqual([
      { at: 'won', because: ['closed.pnl'] },
    ]);
  });

  it('is fine once something stands in for it', () => {
    expect(found(`${GO} enter long { size: (closed.pnl or else 100 quote) * 2  stop: entry * 0.9 }`)).toEqual([]);
    expect(found(`${GO} enter long { size: 5% of equity  stop: lowest_since(low, new(day)) or else low }`)).toEqual([]);
  });

  it('may decide a condition, which then just does not hold', () => {
    expect(
      found('when funding > 0.1% exit\nsignal paid = closed.profit > 0\nrisk { pause 3 bars when closed.profit < 0 }'),
    ).toEqual([]);
  });

  it('gaps that stay open make every price absent', () => {
    const text =
      HEAD.replace('on binance', 'on binance { gaps: absent }') +
      `${GO} enter long { at: limit close  size: 5% of equity  hold: 3 bars }`;
    expect(checkText(text).diagnostics.map(({ code }) => code)).toContain('E0801');
  });
});

/**
 * Each way to leak the future into a decision, refused: its code, the words it points at, and what its fix or the mended
 * text makes of it.
 */
import { describe, expect, it } from 'vitest';
import { checkText } from '../../support/language.ts';

const HEAD =
  'strategy "Leak"\ninstrument "BTC/USDT" on binance\nevery 1h\nclock day = 1d\nat day { let trend = ema(close, 50) }\n';
const LABEL = 'label edge = ahead(close, 6) / close - 1\n';
const LEARNED = `features x { r = close / close[5] }\n${LABEL}model gbm = xgboost learn edge from x { seed: 7 }\n`;
const MODEL = `${LEARNED}train gbm walk_forward { window: 2y  retrain: 3mo }\n`;
const ENTER = 'when close crosses above open enter long';

/** `code: the text pointed at`, for the errors of a body. */
function leaks(body: string, head = HEAD): readonly string[] {
  return checkText(head + body)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ code, file, span }) => `${code}: ${file.text.slice(span.start, span.end)}`);
}

/** The body after the fix of its one error. */
function fixed(body: string): string {
  const text = HEAD + body;
  const [error] = checkText(text).diagnostics.filter(({ severity }) => severity === 'error');
  const edits = [...(error?.fix?.edits ?? [])].sort((a, b) => b.span.start - a.span.start);
  if (edits.length === 0) throw new Error(`no fix for ${error?.code}`);
  const mended = edits.reduce((now, { span, text: put }) => now.slice(0, span.start) + put + now.slice(span.end), text);
  return mended.slice(HEAD.length);
}

describe('a label stays with what learns from it', () => {
  const places: Readonly<Record<string, string>> = {
    'a signal': 'signal buy = edge > 0.8',
    'a value': 'let hope = edge * 2',
    'a state': 'state best_edge starts 0 then max(prev best_edge, edge)',
    'a rule': 'when edge > 0 exit',
    'a size': `${ENTER} { size: edge of equity  stop: entry * 0.95 }`,
    'a stop': `${ENTER} { size: 10% of equity  stop: entry * (1 - edge) }`,
    'a limit price': `${ENTER} { at: limit close * (1 + edge)  size: 10% of equity  stop: entry * 0.9 }`,
    'a pause': 'risk { pause 5 bars when edge < 0 }',
    'the slippage': 'execution { fee: 1bp  slippage: 0.1 * edge }',
    'a feature': 'features y { e = edge }',
  };
  for (const [place, body] of Object.entries(places))
    it(`not in ${place}`, () => expect(leaks(LABEL + body)).toEqual(['E0301: edge']));

  it('names the bars it reads ahead, where the label stands, and the model to ask instead', () => {
    const [found] = checkText(`${HEAD}${MODEL}signal buy = edge > 0.8`).diagnostics.filter(
      ({ code }) => code === 'E0301',
    );
    expect(found).toMatchObject({
      message: 'signal `buy` uses the future',
      label: '`edge` is a label: it reads up to 6 bars ahead',
      help: "use the model's forecast: `predict(gbm)`",
    });
    expect(found?.related.map(({ file, span }) => file.text.slice(span.start, span.end))).toEqual([LABEL.trim()]);
  });

  it('is blamed where it leaks, not in what is built on the leak', () => {
    expect(leaks(`${LABEL}let hope = edge * 2\nsignal buy = hope > 1\nwhen buy exit`)).toEqual(['E0301: edge']);
  });

  it('may be learned from, shown, and used by another label', () => {
    expect(leaks(`${MODEL}label good = edge > 0\nplot edge on future\nsignal buy = predict(gbm) > 0.8`)).toEqual([]);
  });
});

describe('looking ahead outside a label', () => {
  it('by name', () => {
    expect(leaks('signal up = ahead(close, 6) > close')).toEqual(['E0303: ahead(close, 6)']);
    expect(leaks('let gain = forward_return(7)')).toEqual(['E0303: forward_return(7)']);
  });

  it('through a function', () => {
    const [found] = checkText(
      `${HEAD}fn peek(n: bars) -> price = ahead(close, n)\nsignal up = peek(3) > close`,
    ).diagnostics;
    expect(found?.code).toBe('E0303');
  });

  it('by a negative index, which the fix turns around', () => {
    expect(leaks('signal up = close[-1] > close')).toEqual(['E0302: -1']);
    expect(fixed('signal up = close[-1] > close')).toBe('signal up = close[1] > close');
  });

  it('by an index that a param can make negative', () => {
    expect(leaks('param k: bars = 1 in -2..5\nlet x = close[k]')).toEqual(['E0302: k']);
  });

  it('by a statistic of the whole file', () => {
    for (const call of ['mean(close)', 'max(high)', 'min(low)', 'sum(volume)'])
      expect(leaks(`let x = ${call}`)).toEqual([`E0304: ${call}`]);
    expect(fixed('let x = mean(close)')).toBe('let x = mean(close, 20)');
  });
});

describe('time frames', () => {
  it('an unfinished slower bar is never read', () => {
    expect(leaks('signal up = close > trend')).toEqual(['E0201: close > trend']);
    expect(fixed('signal up = close > trend')).toBe('signal up = close > latest(trend)');
    expect(leaks('when trend > 0 exit')).toEqual(['E0202: trend > 0']);
  });

  it('an input says when it was published', () => {
    expect(leaks('input fng: index every 1d from "fng" { gaps: hold }')).toEqual(['E0305: fng']);
  });
});

describe('models', () => {
  it('never learn from what the strategy did itself', () => {
    expect(leaks('features y { p = profit }')).toEqual(['E0306: profit']);
    expect(leaks('let mine = profit or else 0\nfeatures y { p = mine }')).toEqual(['E0306: mine']);
    expect(leaks('label won = profit > 0')).toEqual(['E0306: profit']);
    expect(
      leaks('state losses starts 0 then prev losses + (if stopped_out then 1 else 0)\nfeatures y { p = losses }'),
    ).toEqual(['E0306: losses']);
  });

  it('never learn from what depends on where the data began', () => {
    expect(leaks('state n starts 0 then prev n + 1\nfeatures y { t = n }')).toEqual(['E0308: n']);
    expect(leaks('state n starts 0 then prev n + 1 reset when new(day)\nfeatures y { t = n }')).toEqual([]);
  });

  it('that were trained in folds never feed a rule', () => {
    const folds = `${LEARNED}train gbm purged_kfold { folds: 5 }\n`;
    expect(leaks(`${folds}signal buy = predict(gbm) > 0.8`)).toEqual(['E0307: gbm']);
    expect(leaks(`${MODEL}signal buy = predict(gbm) > 0.8`)).toEqual([]);
  });
});

describe('fills', () => {
  it('at the close that gave the signal are flagged', () => {
    const text = `${HEAD}${ENTER} { size: 10% of equity  stop: entry * 0.9 }\nexecution { fill: this_close  fee: 1bp  slippage: 1bp }`;
    expect(checkText(text).diagnostics.map(({ code }) => code)).toEqual(['W0905']);
  });
});

describe('features through functions of the library', () => {
  it('that never settle are refused like states that never settle', () => {
    expect(leaks('features y { v = obv() / volume }')).toEqual(['E0308: obv() / volume']);
    expect(leaks('features y { v = ema(close, 20) / close }')).toEqual([]);
  });

  it('that read the account are refused like its streams', () => {
    expect(leaks('fn mine() -> num = profit or else 0\nfeatures y { v = mine() }')).toEqual(['E0306: mine()']);
  });
});

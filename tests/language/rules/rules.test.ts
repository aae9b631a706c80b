import { describe, expect, it } from 'vitest';
import { fixedValue } from '../../../language/check/fixed.ts';
import type { NodeId } from '../../../language/check/node.ts';
import type { EnterRule, Program, Rule } from '../../../language/check/program.ts';
import { checkText } from '../../support/language.ts';

const SPOT = 'strategy "Rules"\ninstrument "BTC/USDT" on binance\nevery 1h\nclock day = 1d\n';
const PERPETUAL = SPOT.replace('BTC/USDT', 'BTC/USDT:USDT');
const GO = 'when close crosses above open';

function programOf(body: string, head = SPOT): Program {
  const { program, diagnostics } = checkText(head + body);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(({ code, message }) => `${code} ${message}`).join('; '));
  return program;
}

function errorsOf(body: string, head = SPOT): readonly string[] {
  return checkText(head + body)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ code }) => code);
}

function entryOf(
  properties: string,
  head = SPOT,
): {
  readonly rule: EnterRule;
  readonly value: (id: NodeId | undefined) => number | undefined;
  readonly op: (id: NodeId | undefined) => string | undefined;
} {
  const program = programOf(`${GO} enter long { ${properties} }`, head);
  const rule = program.rules.find(one => one.verb === 'enter');
  if (!rule) throw new Error('no entry');
  const source = { node: (id: NodeId) => program.nodes[id] ?? fail(id) };
  return {
    rule,
    value: id => (id === undefined ? undefined : fixedValue(id, source)),
    op: id => (id === undefined ? undefined : program.nodes[id]?.op),
  };
}

function fail(id: NodeId): never {
  throw new Error(`no node ${id}`);
}

describe('size', () => {
  const bases: Readonly<Record<string, { basis: string; amount: number | undefined }>> = {
    '95% of equity': { basis: 'equity', amount: 0.95 },
    '0.1 base': { basis: 'quantity', amount: 0.1 },
    '1000 quote': { basis: 'notional', amount: 1000 },
    '(100 * 1.4) quote': { basis: 'notional', amount: 140 },
    'risking 0.5% of equity': { basis: 'risk', amount: 0.005 },
    'target_vol 20%': { basis: 'volatility', amount: 0.2 },
  };
  for (const [size, expected] of Object.entries(bases))
    it(`\`${size}\` is of ${expected.basis}`, () => {
      const { rule, value } = entryOf(`size: ${size}  stop: entry * 0.95`);
      expect({ basis: rule.size.basis, amount: value(rule.size.amount) }).toEqual(expected);
    });

  it('an expression of money is an amount of it, whatever it is made of', () => {
    expect(
      entryOf('size: (if close > open then 50% of equity else 20% of equity)  stop: entry * 0.9').rule.size.basis,
    ).toBe('notional');
    expect(entryOf('size: equity / close * 0.5  stop: entry * 0.9').rule.size.basis).toBe('quantity');
  });

  it('risking an amount of money is risking its share of equity', () => {
    const { rule, op } = entryOf('size: risking 50 quote  stop: entry * 0.95');
    expect([rule.size.basis, op(rule.size.amount)]).toEqual(['risk', 'div']);
  });

  it('needs a unit, a stop to risk against, and to be there', () => {
    expect(errorsOf(`${GO} enter long { size: 95%  stop: entry * 0.9 }`)).toEqual(['E0440']);
    expect(errorsOf(`${GO} enter long { size: 3  stop: entry * 0.9 }`)).toEqual(['E0440']);
    expect(errorsOf(`${GO} enter long { size: close  stop: entry * 0.9 }`)).toEqual(['E0440']);
    expect(errorsOf(`${GO} enter long { size: risking 0.1 base  stop: entry * 0.9 }`)).toEqual(['E0440']);
    expect(errorsOf(`${GO} enter long { size: risking 1% of equity }`)).toEqual(['E0902']);
    expect(errorsOf(`${GO} enter long { stop: entry * 0.9 }`)).toEqual(['E0163']);
  });

  it('say one thing about a misspelt size, not also that the size is missing', () => {
    expect(errorsOf(`${GO} enter long { sise: 95% of equity  stop: entry * 0.9 }`)).toEqual(['E0160']);
    expect(errorsOf(`${GO} enter long { stop: entry * 0.9 }`)).toEqual(['E0163']);
  });
});

describe('orders', () => {
  it('are market orders of one bar unless stated', () => {
    const { rule, value } = entryOf('size: 10% of equity  stop: entry * 0.9');
    expect([rule.order.type, rule.order.price, value(rule.order.expire)]).toEqual(['market', undefined, 1]);
  });

  it('wait at a limit or a stop for as many bars as they are given', () => {
    for (const type of ['limit', 'stop'] as const) {
      const { rule, value, op } = entryOf(
        `at: ${type} close * 0.99  expire: 4h  size: 10% of equity  stop: entry * 0.9`,
      );
      expect([rule.order.type, op(rule.order.price), value(rule.order.expire)]).toEqual([type, 'mul', 4]);
    }
  });

  it('an exit may rest at a limit and fall back to the market', () => {
    const program = programOf(`${GO} exit long { at: limit close * 1.01  expire: 3 bars  else: market }`);
    expect(program.rules.map(rule => (rule.verb === 'exit' ? [rule.side, rule.order.type, rule.else] : []))).toEqual([
      ['long', 'limit', 'market'],
    ]);
  });

  it('reject a price without its kind, a ratio for a price, and what is no whole number of bars', () => {
    expect(errorsOf(`${GO} enter long { at: close * 0.99  size: 10% of equity  stop: entry * 0.9 }`)).toEqual([
      'E0162',
    ]);
    expect(errorsOf(`${GO} enter long { at: limit 5%  size: 10% of equity  stop: entry * 0.9 }`)).toEqual(['E0405']);
    expect(errorsOf(`${GO} enter long { expire: 90m  size: 10% of equity  stop: entry * 0.9 }`)).toEqual(['E0205']);
  });
});

describe('brackets', () => {
  it('hold stop, target, trail and time', () => {
    const { rule, value } = entryOf(
      'size: 10% of equity  stop: entry - 2 * atr(14)  target: entry * 1.1  trail: 1% after 3%  hold: 3d',
    );
    const { stop, targets, trail, hold } = rule.bracket;
    expect(stop).toBeDefined();
    expect(targets.map(({ share }) => share)).toEqual(['rest']);
    expect([trail?.distanceIs, value(trail?.distance), value(trail?.after)]).toEqual(['ratio', 0.01, 0.03]);
    expect(value(hold)).toBe(72);
  });

  it('a trail may be a distance in price', () => {
    expect(entryOf('size: 10% of equity  trail: 3 * atr(14)').rule.bracket.trail?.distanceIs).toBe('price');
    expect(errorsOf(`${GO} enter long { size: 10% of equity  trail: 3 }`)).toEqual(['E0441']);
  });

  it('a target may be taken in parts', () => {
    const { rule, value } = entryOf(
      'size: 10% of equity  stop: entry * 0.9  target: [50% at entry * 1.02, 20% at entry * 1.03, rest at entry * 1.05]',
    );
    expect(rule.bracket.targets.map(({ share }) => (share === 'rest' ? share : value(share)))).toEqual([
      0.5,
      0.2,
      'rest',
    ]);
  });

  it('parts make at most the whole, and `rest` is last', () => {
    const target = (parts: string) =>
      errorsOf(`${GO} enter long { size: 10% of equity  stop: entry * 0.9  target: [${parts}] }`);
    expect(target('60% at entry * 1.02, 60% at entry * 1.03')).toEqual(['E0903']);
    expect(target('100% at entry * 1.02, rest at entry * 1.03')).toEqual(['E0903']);
    expect(target('rest at entry * 1.02, 50% at entry * 1.03')).toEqual(['E0907']);
    expect(target('50% at entry * 1.02, 50% at entry * 1.03')).toEqual([]);
  });

  it('a return table reads the time held', () => {
    expect(
      errorsOf(`${GO} enter long { size: 10% of equity  target: entry * (1 + steps(held, 0m, 4%, 60m, 2%)) }`),
    ).toEqual([]);
  });

  it('a stop on the wrong side of the entry is refused, on both sides of the market', () => {
    expect(errorsOf(`${GO} enter long { size: 10% of equity  stop: entry * 1.02 }`)).toEqual(['E0904']);
    expect(errorsOf(`${GO} enter long { size: 10% of equity  stop: entry }`)).toEqual(['E0904']);
    expect(errorsOf(`${GO} enter long { size: 10% of equity  stop: entry + 2 * atr(14) }`)).toEqual(['E0904']);
    expect(errorsOf(`${GO} enter long { size: 10% of equity  stop: entry * 0.9  target: entry * 0.95 }`)).toEqual([
      'E0904',
    ]);
    expect(errorsOf(`${GO} enter short { size: 10% of equity  stop: entry * 0.98 }`, PERPETUAL)).toEqual(['E0904']);
    expect(errorsOf(`${GO} enter short { size: 10% of equity  stop: entry * 1.02 }`, PERPETUAL)).toEqual([]);
  });

  it('what is absent while flat is present in a bracket, and nowhere else', () => {
    expect(errorsOf(`${GO} enter long { size: 10% of equity  stop: min(entry, best) * 0.95 }`)).toEqual([]);
    expect(errorsOf(`${GO} enter long { size: 10% of equity  stop: prev entry * 0.95 }`)).toEqual(['E0801']);
    expect(errorsOf(`${GO} enter long { size: 10% of equity  at: limit entry * 0.99  stop: entry * 0.95 }`)).toEqual([
      'E0801',
    ]);
    expect(
      errorsOf(`${GO} enter long { size: 10% of equity  at: limit (entry or else close) * 0.99  stop: entry * 0.95 }`),
    ).toEqual([]);
    expect(errorsOf(`${GO} add { size: 10% of equity  at: limit entry * 0.99 }`)).toEqual([]);
  });
});

describe('verbs', () => {
  it('each becomes one rule', () => {
    const program = programOf(
      [
        `${GO} enter long { size: 10% of equity  stop: entry * 0.9 }`,
        'when close < open add { size: 5% of equity }',
        'when profit > 5% reduce 50%',
        'when close < open exit long',
        'when drawdown > 20% flatten',
        'when volume > 0 alert "busy"',
      ].join('\n'),
    );
    const short = (rule: Rule) => [rule.verb, rule.text];
    expect(program.rules.map(short)).toEqual([
      ['enter', 'close crosses above open'],
      ['add', 'close < open'],
      ['reduce', 'profit > 5%'],
      ['exit', 'close < open'],
      ['flatten', 'drawdown > 20%'],
      ['alert', 'volume > 0'],
    ]);
  });

  it('take only the properties they have', () => {
    expect(errorsOf('when close < open exit { size: 5% of equity }')).toEqual(['E0160']);
    expect(errorsOf('when close < open flatten { at: market }')).toEqual(['E0160']);
  });

  it('short needs a market that can be sold short', () => {
    const body = `${GO} enter short { size: 10% of equity  stop: entry * 1.1 }`;
    expect(errorsOf(body)).toEqual(['E0901']);
    expect(errorsOf(body, PERPETUAL)).toEqual([]);
  });

  it('say what cannot run yet', () => {
    const notYet = (body: string) => checkText(SPOT + body).program.notYet.map(({ what }) => what);
    expect(notYet(`${GO} enter long { size: kelly(fraction = 0.25)  stop: entry * 0.9 }`)).toEqual([
      'sizing by `kelly`',
    ]);
    expect(notYet('execution { fee: 1bp  slippage: 1bp  intrabar: 1m }')).toEqual([
      '`intrabar`, replaying a bar from finer data',
    ]);
    expect(notYet('risk { cap turnover at 30% of equity }')).toEqual(['`cap turnover`']);
  });
});

describe('numbers', () => {
  const refused: readonly string[] = [
    'size: 0% of equity  stop: entry * 0.9',
    'size: -5% of equity  stop: entry * 0.9',
    'size: (0 - 100) quote  stop: entry * 0.9',
    'size: 10% of equity  trail: 0%',
    'size: 10% of equity  stop: entry * 0.9  target: [0% at entry * 1.02, rest at entry * 1.03]',
  ];
  for (const properties of refused)
    it(`\`${properties}\` is out of range`, () => {
      expect(errorsOf(`${GO} enter long { ${properties} }`)).toEqual(['E0442']);
    });

  it('a length is at least one bar', () => {
    expect(errorsOf(`${GO} enter long { size: 10% of equity  hold: 0 bars }`)).toEqual(['E0407']);
    expect(errorsOf('risk { pause 0 bars when stopped_out }')).toEqual(['E0407']);
  });

  it('a share is at most the whole, a limit more than nothing', () => {
    expect(errorsOf('when profit > 5% reduce 150%')).toEqual(['E0442']);
    expect(errorsOf('when profit > 5% reduce 0%')).toEqual(['E0442']);
    expect(errorsOf('risk { cap drawdown at 0% }')).toEqual(['E0442']);
  });
});

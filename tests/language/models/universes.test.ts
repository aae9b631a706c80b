import { describe, expect, it } from 'vitest';
import { complaints, lowered, program } from '../check/support.ts';

const listed = (symbols: string, more = '') =>
  `strategy "many"\n${more}universe majors = ${symbols} on binance\nevery 1d\n`;
const MAJORS = listed('"ETH/USDT", "BTC/USDT", "SOL/USDT"');
const symbolsOf = (head: string, body = '') => program(body, head).instruments.map(({ symbol }) => symbol);

describe('a listed universe', () => {
  it('adds its members in the order of their symbols, however they were written', () => {
    expect(symbolsOf(MAJORS)).toEqual(['BTC/USDT', 'ETH/USDT', 'SOL/USDT']);
    expect(program('', MAJORS).universes).toMatchObject([{ name: 'majors', venue: 'binance', members: [0, 1, 2] }]);
  });

  it('stands behind the instruments that have names, and shares those that are the same market', () => {
    const head = listed('"SOL/USDT", "ETH/USDT"', 'instrument eth = "ETH/USDT" on binance\n');
    expect(symbolsOf(head)).toEqual(['ETH/USDT', 'SOL/USDT']);
    expect(program('', head).universes[0]?.members).toEqual([0, 1]);
  });

  it('is what bare names mean, each member its own', () => {
    const { nodes, streams } = program('let x = sma(close, 5) / close', MAJORS);
    expect(nodes[streams[0]?.node ?? -1]?.axis).toBe(0);
    const inputs = nodes.filter(({ op }) => op === 'input');
    expect(inputs.map(({ attrs, axis }) => [attrs, axis])).toEqual(inputs.map(() => [{ field: 'close' }, 0]));
  });

  it('leaves a named instrument alone, which is the same for all', () => {
    const head = listed('"SOL/USDT", "ETH/USDT"', 'instrument btc = "BTC/USDT" on binance\n');
    const { nodes, streams } = program('let x = returns(btc.close, 5)\nlet y = returns(close, 5) - x', head);
    expect(streams.map(({ node }) => nodes[node]?.axis)).toEqual([null, 0]);
    expect(nodes.find(({ op }) => op === 'input')?.attrs).toEqual({ field: 'close', instrument: 0 });
  });

  it('does not say what bare names mean where the strategy has an instrument of its own', () => {
    const head = listed('"SOL/USDT", "ETH/USDT"', 'instrument "BTC/USDT" on binance\n');
    const { nodes, streams } = program('let x = close\nlet y = rank(close) across majors', head);
    expect(streams.map(({ node }) => nodes[node]?.axis)).toEqual([null, 0]);
  });

  it('keeps prices of members apart from those of an instrument', () => {
    const head = listed('"SOL/USDT", "ETH/USDT"', 'instrument btc = "BTC/USDT" on binance\n');
    expect(complaints('let x = close - btc.close', head)).toEqual(['E0401 close - btc.close']);
  });

  it.each([
    ['"BTC/USDT", "BTC/USDT"', ['E0131 "BTC/USDT"']],
    ['"BTC/USDT", "ETHUSDT"', ['E0165 "ETHUSDT"']],
  ])('%s', (symbols, expected) => {
    expect(complaints('', listed(symbols))).toEqual(expected);
  });

  it('takes the gaps of its members', () => {
    const head =
      'strategy "many"\nuniverse majors = "BTC/USDT", "ETH/USDT" on binance { gaps: absent  max_gap: 6h }\nevery 1h\n';
    expect(program('', head).instruments).toMatchObject([
      { gaps: 'absent', maxGapMs: 21_600_000 },
      { gaps: 'absent', maxGapMs: 21_600_000 },
    ]);
  });
});

describe('a cross-section', () => {
  it.each([
    ['rank(close)', '(cross_section close 1)'],
    ['rank(close, need = 3)', '(cross_section close 3)'],
    ['zscore(close)', '(cross_section close 1)'],
    ['demean(close)', '(cross_section close)'],
    ['scale(volume, gross = 50%)', '(cross_section volume 0.5 NaN)'],
    ['scale(volume, net = 0)', '(cross_section volume 1 0)'],
    ['winsor(close)', '(cross_section close 0.05)'],
    ['neutral(close, to = open)', '(cross_section close open)'],
    ['quantile_of(close, n = 3)', '(cross_section close 3)'],
    ['mean(close)', '(cross_section close)'],
    ['breadth(close > open)', '(cross_section (> close open))'],
  ])('%s', (text, form) => {
    expect(complaints(`let x = ${text}`, MAJORS)).toEqual([]);
    expect(lowered(`let x = ${text}`, 'x', MAJORS)).toBe(form);
  });

  it('keeps the members or drops them', () => {
    const { nodes, streams } = program('let x = rank(close)\nlet y = mean(close)\nlet z = close - y', MAJORS);
    expect(streams.map(({ node }) => nodes[node]?.axis)).toEqual([0, null, 0]);
  });

  it.each([
    ['let x = rank(close, need = 0)', ['E0442 0']],
    ['let x = rank(close, need = volume)', ['E0406 volume']],
    ['let x = scale(close, gross = 5)', ['E0404 5']],
    ['let x = neutral(close)', ['E0133 neutral(close)']],
    ['let x = rank(close) across minors', ['E0130 minors']],
    ['let x = rank(close > 1)', ['E0402 close > 1']],
    ['rebalance every 1w to rank(clse) across majors', ['E0130 clse']],
  ])('%s', (body, expected) => {
    expect(complaints(body, MAJORS)).toEqual(expected);
  });

  it('is not taken over the members of another universe', () => {
    const head =
      'strategy "two"\nuniverse a = "BTC/USDT", "ETH/USDT" on binance\nuniverse b = "SOL/USDT", "XRP/USDT" on binance\nevery 1d\n';
    expect(complaints('let x = rank(close) across a\nlet y = rank(x) across b', head)).toEqual(['E0209 x']);
    expect(complaints('let x = close', head)).toEqual(['E0132 close']);
  });
});

describe('a portfolio', () => {
  it('acts where a week ends, on the weight of each member', () => {
    const { rebalances, nodes, clocks } = program(
      'rebalance every 1w to scale(1 / stdev(returns(close), 20)) across majors { band: 1%  leavers: keep }',
      MAJORS,
    );
    const [rebalance] = rebalances;
    expect(rebalance).toMatchObject({ text: 'every 1w', to: { kind: 'across', axis: 0 }, leavers: 'keep' });
    const when = nodes[rebalance?.when ?? -1];
    expect(when).toMatchObject({ op: 'calendar', attrs: { field: 'ends' } });
    expect(clocks[when?.attrs.clock ?? -1]?.name).toBe('1w');
    expect(nodes[rebalance?.band ?? -1]?.attrs.value).toBe(0.01);
  });

  it('uses the clock that has the period already, and every bar where that is the period', () => {
    const named = program('clock week = 1w\nrebalance every 1w to 1 / 3 across majors', MAJORS);
    expect(named.clocks.map(({ name }) => name)).toEqual([undefined, 'week']);
    const daily = program('rebalance every 1d to 1 / 3 across majors', MAJORS);
    expect(daily.nodes[daily.rebalances[0]?.when ?? -1]).toMatchObject({ op: 'const', attrs: { value: 1 } });
  });

  it('holds named instruments, or the one of the strategy', () => {
    const head =
      'strategy "two"\ninstrument spot = "BTC/USDT" on binance\ninstrument perp = "BTC/USDT:USDT" on binance\nevery 1h\n';
    const { rebalances } = program('rebalance when spot.close > perp.close to spot = 45%, perp = -45%', head);
    expect(rebalances).toMatchObject([{ to: { kind: 'named', weights: [{ instrument: 0 }, { instrument: 1 }] } }]);
    expect(program('rebalance every 1d to 50%').rebalances).toMatchObject([
      { to: { kind: 'named', weights: [{ instrument: 0 }] } },
    ]);
  });

  it.each([
    ['rebalance every 1w to close across majors', ['E0405 close across majors']],
    ['rebalance every 1h to 1 / 3 across majors', ['E0204 1h']],
    ['rebalance when close > open to 1 / 3 across majors', ['E0209 close > open']],
    ['rebalance every 1w to 1 / 3 across majors { bnd: 1% }', ['E0160 bnd']],
    ['rebalance every 1w to 1 / 3 across majors { leavers: sell }', ['E0164 sell']],
    ['rebalance every 1w to 1 / 3 across majors { band: 5 }', ['E0404 5']],
    ['when close > open exit', ['E0212 close > open']],
    ['when mean(close) > mean(open) exit', ['E0212 mean(close) > mean(open)']],
  ])('%s', (body, expected) => {
    expect(complaints(body, MAJORS)).toEqual(expected);
  });

  it('and rules never drive one instrument together', () => {
    const body = 'rebalance every 1d to 50%\nwhen close > open exit';
    expect(complaints(body)).toEqual(['E0908 when close > open exit']);
    expect(complaints('rebalance every 1d to 50%\nwhen close > open alert "up"')).toEqual([]);
  });

  it('does not sell short what cannot be lent', () => {
    expect(complaints('rebalance every 1d to -50%')).toEqual([]);
    const head = 'strategy "one"\ninstrument btc = "BTC/USDT" on binance\nevery 1h\n';
    expect(complaints('rebalance every 1d to btc = -50%', head)).toEqual(['E0901 -50%']);
  });

  it('may be capped by what only portfolios know', () => {
    const body =
      'rebalance every 1w to 1 / 3 across majors\nrisk { cap gross at 100% of equity  cap turnover at 30% of equity  cap positions at 2 }';
    const { risk, notYet } = program(body, MAJORS);
    expect(risk.caps.map(({ name }) => name)).toEqual(['gross', 'turnover', 'positions']);
    expect(notYet).toEqual([]);
  });
});

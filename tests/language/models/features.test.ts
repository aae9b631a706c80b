import { describe, expect, it } from 'vitest';
import { warmupOf } from '../../../language/check/analyses.ts';
import { causalityOf } from '../../../language/index.ts';
import { complaints, HEAD, LIBRARY, lowered, mended, program } from '../check/support.ts';

const UNIVERSE = 'strategy "many"\nuniverse majors = "BTC/USDT", "ETH/USDT" on binance\nevery 1d\n';
const names = (body: string, head = HEAD) =>
  program(body, head).blocks.flatMap(({ columns }) => columns.map(({ name }) => name));
const GROUPS = ['price_features', 'volume_features', 'technical_indicators'];
const columnsOf = (group: string) =>
  LIBRARY.flatMap(({ declarations }) => declarations).flatMap(one =>
    one.kind === 'features' && one.name.text === group ? one.columns : [],
  );

describe('a block of features', () => {
  it('has the clock and the universe of its columns', () => {
    const { blocks } = program(
      'features x { a = rank(close)  b = returns(close, 5)  c = mean(volume) / volume }',
      UNIVERSE,
    );
    expect(blocks).toMatchObject([{ name: 'x', axis: 0, clock: 0 }]);
    const slow = program('at day { let m = returns(close, 5) }\nfeatures x { a = m }');
    expect(slow.blocks).toMatchObject([{ axis: null, clock: 1 }]);
  });

  it('gives its columns by name', () => {
    expect(lowered('features x { r = close / close[5] }\nlet y = x.r', 'y')).toBe('(/ close (delay close 5))');
    expect(complaints('features x { r = close / close[5] }\nlet y = x.s')).toEqual(['E0137 s']);
  });

  it.each([
    ['features x { a = close / open  a = volume / volume[1] }', ['E0131 a']],
    ['features x { a = clse / open  b = close / open }', ['E0130 clse']],
    ['features x { a = 1 }', ['E0412 1']],
    ['features x { a = side }', ['E0409 side', 'E0306 side']],
    ['at day { let m = returns(close, 5) }\nfeatures x { a = m  b = returns(close, 5) }', ['E0211 m']],
    ['features x { use price_feature }', ['E0130 price_feature']],
    ['features x { use price_features over 30m }', ['E0204 30m']],
    ['features x { use price_features lags 5..0 }', ['E0176 5..0']],
    ['features x { use price_features lags 0..1000 }', ['E0176 0..1000']],
    [
      'features x { use price_features  use price_features }',
      names('features x { use price_features }')
        .map(() => 'E0131 price_features')
        .slice(0, 1),
    ],
    ['features x { r = x.r }', ['E0501 x']],
    ['features x { r = y.r }\nfeatures y { r = x.r }', ['E0501 x']],
  ])('%s', (body, expected) => {
    expect(complaints(body)).toEqual(expected);
  });

  it('across one universe does not take the members of another', () => {
    const head =
      'strategy "two"\ninstrument "BTC/USDT" on binance\nuniverse a = "SOL/USDT", "ETH/USDT" on binance\nevery 1d\n';
    expect(complaints('features x { r = rank(close) across a }', head)).toEqual(['E0211 rank(close) across a']);
    expect(complaints('features x across a { r = rank(close)  s = returns(close, 3) }', head)).toEqual([]);
  });

  it('brings a slower value over', () => {
    const body = 'at day { let m = returns(close, 5) }\nfeatures x { a = m  b = returns(close, 5) }';
    expect(mended(body, 'E0211')).toBe(body.replace('a = m', 'a = latest(m)'));
  });
});

describe('a group of features', () => {
  it('is written out over its clocks and lags', () => {
    const all = names('features x { use technical_indicators over 1h, 1d lags 0..2 }');
    const own = columnsOf('technical_indicators').length;
    expect(all).toHaveLength(own * 2 * 3);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toContain('technical_indicators.rsi_14.1h');
    expect(all).toContain('technical_indicators.rsi_14.1d.lag2');
    expect(names('features x { use technical_indicators }')).toContain('technical_indicators.rsi_14');
  });

  it('takes lags on the clock of the group, then its last completed value', () => {
    const { nodes, blocks, clocks } = program('features x { use price_features over 1d lags 1..1 }');
    const column = blocks[0]?.columns.find(({ name }) => name === 'price_features.return_1.1d.lag1');
    const latest = nodes[column?.node ?? -1];
    const delay = nodes[latest?.args[0] ?? -1];
    expect([latest?.op, delay?.op]).toEqual(['latest', 'delay']);
    expect(clocks[delay?.clock ?? -1]?.name).toBe('day');
    expect(nodes[delay?.args[1] ?? -1]?.attrs.value).toBe(1);
  });

  it('may be a block of the strategy, of which earlier values are wanted', () => {
    expect(names('features x { r = returns(close, 5)  use x lags 1..2 }')).toEqual(['r', 'x.r.lag1', 'x.r.lag2']);
  });

  it.each(GROUPS)('%s: every column is documented, without the unit of the price, causal, and settles', group => {
    const columns = columnsOf(group);
    expect(columns.length).toBeGreaterThanOrEqual(8);
    for (const column of columns) expect(column.comments?.leading.join(' ') ?? '').toMatch(/^# ?\w.*\.$/);
    const found = program(`features x { use ${group} over 1h, 1d lags 0..1 }`);
    expect(found.problems.filter(({ code }) => code.startsWith('E'))).toEqual([]);
    expect(found.blocks[0]?.columns).toHaveLength(columns.length * 4);
    const causality = causalityOf(found);
    const warmup = warmupOf(found);
    for (const { name, node } of found.blocks[0]?.columns ?? []) {
      expect([name, found.nodes[node]?.unit.flavour === 'none']).toEqual([name, false]);
      expect([name, causality[node]]).toMatchObject([name, { account: false, label: false }]);
      const ago = !name.endsWith('lag1') ? 0 : name.includes('.1d') ? 24 : 1;
      expect([name, causality[node]?.high]).toEqual([name, ago === 0 ? 0 : -ago]);
      expect([name, Number.isFinite(warmup[node]?.settled)]).toEqual([name, true]);
    }
  });

  it.each(GROUPS)('%s over the members of a universe', group => {
    const { blocks, nodes } = program(`features x { use ${group} }`, UNIVERSE);
    expect(blocks[0]?.columns.map(({ node }) => nodes[node]?.axis)).toEqual(columnsOf(group).map(() => 0));
  });
});

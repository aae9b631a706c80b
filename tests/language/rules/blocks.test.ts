import { describe, expect, it } from 'vitest';
import { fixedValue } from '../../../language/check/fixed.ts';
import { parseSymbol } from '../../../language/check/instrument.ts';
import type { NodeId } from '../../../language/check/node.ts';
import type { Program } from '../../../language/check/program.ts';
import { checkText } from '../../support/language.ts';

const SPOT = 'strategy "Blocks"\ninstrument "BTC/USDT" on binance\nevery 1h\nclock day = 1d\n';
const PERPETUAL = SPOT.replace('BTC/USDT', 'BTC/USDT:USDT');
const ENTER = 'when close crosses above open enter long { size: 50% of equity  stop: entry * 0.9 }\n';

const codes = (text: string) => checkText(text).diagnostics.map(({ code }) => code);

function valueIn(program: Program, id: NodeId): number | undefined {
  return fixedValue(id, {
    node: wanted => {
      const node = program.nodes[wanted];
      if (!node) throw new Error(`no node ${wanted}`);
      return node;
    },
  });
}

describe('symbols', () => {
  it('are those of ccxt', () => {
    expect(parseSymbol('BTC/USDT')).toEqual({ base: 'BTC', quote: 'USDT', settle: 'USDT', market: 'spot' });
    expect(parseSymbol('ETH/USDT:USDT')).toEqual({ base: 'ETH', quote: 'USDT', settle: 'USDT', market: 'linear' });
    expect(parseSymbol('BTC/USD:BTC')).toEqual({ base: 'BTC', quote: 'USD', settle: 'BTC', market: 'inverse' });
    for (const wrong of [
      'BTCUSDT',
      'BTC-USDT',
      'BTC/',
      '/USDT',
      'BTC/USDT:',
      'BTC/USDT:EUR',
      'BTC/USDT:USDT-240628',
      '',
    ])
      expect([wrong, parseSymbol(wrong)]).toEqual([wrong, undefined]);
  });

  it('a contract settled in its base currency waits', () => {
    expect(codes(SPOT.replace('BTC/USDT', 'BTC/USD:BTC'))).toEqual(['W0190']);
  });
});

describe('instrument', () => {
  it('holds gaps up to two days unless stated', () => {
    const instrumentOf = (properties: string) =>
      checkText(SPOT.replace('on binance', `on binance ${properties}`)).program.instruments[0];
    expect(instrumentOf('')).toMatchObject({ gaps: 'hold', maxGapMs: 2 * 86_400_000 });
    expect(instrumentOf('{ gaps: absent  max_gap: 6h }')).toMatchObject({ gaps: 'absent', maxGapMs: 6 * 3_600_000 });
  });

  it('rejects other words and lengths', () => {
    const withProperties = (properties: string) => codes(SPOT.replace('on binance', `on binance { ${properties} }`));
    expect(withProperties('gaps: skip')).toEqual(['E0164']);
    expect(withProperties('max_gap: 3mo')).toEqual(['E0162']);
    expect(withProperties('maxgap: 6h')).toEqual(['E0160']);
  });
});

describe('account', () => {
  it('names the currency and the capital', () => {
    expect(checkText(`${SPOT}account { currency: USDT  capital: 2500 }`).program.account).toEqual({
      currency: 'USDT',
      capital: 2500,
    });
    expect(codes(`${SPOT}account { capital: 0 }`)).toEqual(['E0442']);
    expect(codes(`${SPOT}account { capital: 5% }`)).toEqual(['E0162']);
  });

  it('cannot be kept in another currency than the market settles in', () => {
    expect(checkText(`${SPOT}account { currency: EUR }`).program.notYet.map(({ what }) => what)).toEqual([
      'an account in `EUR` for a market in `USDT`',
    ]);
  });
});

describe('execution', () => {
  const executionOf = (body: string, head = SPOT) => {
    const { program } = checkText(`${head}${ENTER}execution { ${body} }`);
    const { execution } = program;
    return {
      ...execution,
      maker: valueIn(program, execution.maker),
      taker: valueIn(program, execution.taker),
      leverage: valueIn(program, execution.leverage),
    };
  };

  it('has its defaults', () => {
    expect(executionOf('fee: 10bp  slippage: 2bp')).toMatchObject({
      fill: 'next_open',
      maker: 0.001,
      taker: 0.001,
      slippageIs: 'ratio',
      bothHit: 'worst',
      touch: 'through',
      funding: 'none',
      leverage: 1,
      margin: 'isolated',
    });
  });

  it('takes maker and taker, slippage in price, leverage and funding', () => {
    expect(
      executionOf('fee: maker 2bp taker 5bp  slippage: 0.05 * atr(14)  funding: data  leverage: 3', PERPETUAL),
    ).toMatchObject({
      maker: 0.0002,
      taker: 0.0005,
      slippageIs: 'price',
      funding: 'data',
      leverage: 3,
    });
  });

  it('a cost that is not stated is warned about, one that is ignored is not', () => {
    expect(codes(`${SPOT}${ENTER}`)).toEqual(['W0902']);
    expect(codes(`${SPOT}${ENTER}execution { fee: ignored  slippage: ignored }`)).toEqual([]);
    const [warning] = checkText(`${PERPETUAL}${ENTER}execution { fee: 5bp  slippage: 2bp }`).diagnostics;
    expect(warning?.message).toBe('the strategy does not state its funding');
  });

  it('a strategy without entries has no costs to state', () => {
    expect(codes(`${SPOT}let x = close`)).toEqual([]);
  });

  it('rejects what no market has', () => {
    expect(codes(`${SPOT}execution { fee: 1000%  slippage: 1bp }`)).toEqual(['E0442']);
    expect(codes(`${SPOT}execution { fee: 1bp  slippage: -1bp }`)).toEqual(['E0442']);
    expect(codes(`${SPOT}execution { fee: 1bp  slippage: 1bp  leverage: 3 }`)).toEqual(['E0905']);
    expect(codes(`${SPOT}execution { fee: 5  slippage: 1bp }`)).toEqual(['E0404']);
  });
});

describe('risk', () => {
  const capsOf = (body: string) => {
    const { program } = checkText(`${SPOT}risk { ${body} }`);
    return program.risk.caps.map(cap => ({ name: cap.name, limit: valueIn(program, cap.limit), action: cap.action }));
  };

  it('cuts orders to what a limit leaves, and refuses entries after a loss, unless told otherwise', () => {
    expect(
      capsOf('cap exposure at 150% of equity  cap daily_loss at 2% of equity  cap drawdown at 12%  cap leverage at 3'),
    ).toEqual([
      { name: 'exposure', limit: 1.5, action: { kind: 'reduce' } },
      { name: 'daily_loss', limit: 0.02, action: { kind: 'refuse' } },
      { name: 'drawdown', limit: 0.12, action: { kind: 'refuse' } },
      { name: 'leverage', limit: 3, action: { kind: 'reduce' } },
    ]);
  });

  it('halts until a clock, or for good', () => {
    expect(capsOf('cap daily_loss at 2% of equity else halt until day  cap drawdown at 12% else halt')).toEqual([
      { name: 'daily_loss', limit: 0.02, action: { kind: 'halt', until: 1 } },
      { name: 'drawdown', limit: 0.12, action: { kind: 'halt' } },
    ]);
  });

  it('pauses for bars or for a time', () => {
    const { program } = checkText(`${SPOT}risk { pause 8 bars when stopped_out  pause 1d when closed.profit < 0 }`);
    expect(program.risk.pauses.map(pause => [valueIn(program, pause.length), pause.text])).toEqual([
      [8, 'stopped_out'],
      [24, 'closed.profit < 0'],
    ]);
  });

  it('is held against the sizes of the rules', () => {
    expect(
      codes(`${SPOT}${ENTER}risk { cap position at 20% of equity }\nexecution { fee: 1bp  slippage: 1bp }`),
    ).toEqual(['E0906']);
    const risking = ENTER.replace('50% of equity', 'risking 5% of equity');
    expect(
      codes(`${SPOT}${risking}risk { cap exposure at 20% of equity }\nexecution { fee: 1bp  slippage: 1bp }`),
    ).toEqual(['E0906']);
  });
});

describe('warnings', () => {
  const COSTS = 'execution { fee: 1bp  slippage: 1bp }\n';
  const warned = (body: string, head = SPOT) =>
    codes(head + body + COSTS.replace('}', head === PERPETUAL ? ' funding: data }' : '}'));
  const enter = (condition: string, more = 'stop: entry * 0.9') =>
    `when ${condition} enter long { size: 50% of equity  ${more} }\n`;

  it('an entry on a level is warned about, on a crossing or event it is not', () => {
    expect(warned(enter('close > open'))).toEqual(['W0901']);
    for (const momentary of [
      'close crosses above open',
      'close > open and close[1] <= open[1]',
      'close > open and not prev (close > open)',
      'new(day)',
      'new(day) and close > open',
      'volume != prev volume',
    ])
      expect([momentary, warned(enter(momentary))]).toEqual([momentary, []]);
  });

  it('a level is well with a pause, a look at the account, or an exit of its own', () => {
    expect(warned(`${enter('close > open')}risk { pause 5 bars when stopped_out }\n`)).toEqual([]);
    expect(warned(enter('close > open and not count(stopped_out, 24) > 0'))).toEqual([]);
    expect(warned(`${enter('close > open', '')}when close < open exit\n`)).toEqual([]);
  });

  it('an entry without a way out is warned about', () => {
    expect(warned(enter('close crosses above open', ''))).toEqual(['W0903']);
    expect(warned(`${enter('close crosses above open', '')}when close < open exit short\n`)).toEqual(['W0903']);
    expect(warned(`${enter('close crosses above open', '')}when close < open flatten\n`)).toEqual([]);
  });

  it('stop and target nearer than an average bar are warned about', () => {
    const bracket = (stop: number, target: number) =>
      `stop: entry - ${stop} * atr(14)  target: entry + ${target} * atr(14)`;
    expect(warned(enter('close crosses above open', bracket(0.3, 0.4)))).toEqual(['W0904']);
    expect(warned(enter('close crosses above open', bracket(2, 3)))).toEqual([]);
  });

  it('two rules that get in one another’s way are warned about', () => {
    const short = 'when close crosses above open enter short { size: 10% of equity  stop: entry * 1.1 }\n';
    expect(warned(enter('close crosses above open') + short, PERPETUAL)).toEqual(['W0907']);
    expect(warned(enter('close crosses above open').repeat(2))).toEqual(['W0908']);
    expect(warned(enter('false and close > open'))).toEqual(expect.arrayContaining(['W0901']));
    expect(warned(enter('1 > 2'))).toContain('W0908');
  });
});

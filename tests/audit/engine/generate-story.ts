/** Random strategies as text, over random bars: everything that one instrument can meet, from one seed. */

import { randomOf } from '../../support/scenario.ts';
import type { Story } from '../../support/story.ts';
import type { Circumstances } from './laws.ts';

type Random = ReturnType<typeof randomOf>;

const CONDITIONS = [
  'close crosses above sma(close, 4)',
  'close crosses below sma(close, 4)',
  'close > highest(close, 5)[1]',
  'close < lowest(close, 5)[1]',
  'rsi(close, 3) < 30',
  'rsi(close, 3) > 70',
  'close > open',
  'bars_since(close > open) == 2',
  'closed',
  'stopped_out',
  'idle and close > open',
  'bars_held >= 3',
  'profit > 1%',
  'profit < -1%',
  'count(stopped_out, 6 bars) == 1',
  'new(day)',
  'drawdown > 0.5%',
  'position == 0 and volume > 0',
] as const;

const LEVEL = {
  stop: [
    'entry - S * 2 * atr(3)',
    'entry * (1 - S * 2%)',
    'best - S * now(atr(3)) * 2',
    'lowest(low, 3) - S * close * 1%',
  ],
  target: ['entry + S * 3 * atr(3)', 'entry * (1 + S * 1.5%)', 'entry * (1 + S * steps(held, 0h, 3%, 2h, 1%, 5h, 0%))'],
} as const;

export function storyOf(seed: number): Story {
  const random = randomOf(seed);
  const perpetual = random.chance(0.6);
  const sides = perpetual ? (['long', 'short'] as const) : (['long'] as const);
  const rules = [
    ...Array.from({ length: random.int(1, 2) }, () => entryRule(random, random.pick(sides))),
    ...(perpetual && random.chance(0.5) ? [entryRule(random, 'short')] : []),
    ...(random.chance(0.4)
      ? [
          `when ${random.pick(CONDITIONS)} add ${random.chance(0.5) ? random.pick(sides) : ''} { size: ${sizeOf(random, false)} ${orderOf(random, 1)} ${random.chance(0.3) ? bracketOf(random, 1, false) : ''} }`,
        ]
      : []),
    ...(random.chance(0.4) ? [`when ${random.pick(CONDITIONS)} reduce ${random.pick(['30%', '50%', '100%'])}`] : []),
    ...(random.chance(0.7) ? [exitRule(random)] : []),
    ...(random.chance(0.2) ? [`when ${random.pick(CONDITIONS)} flatten`] : []),
  ];
  const limits = [
    ...(random.chance(0.3)
      ? [
          `cap exposure at ${random.pick(['60%', '110%'])} of equity${random.pick(['', ' else refuse', ' else halt until day', ' else flatten'])}`,
        ]
      : []),
    ...(random.chance(0.2) ? [`cap position at 80% of equity`] : []),
    ...(random.chance(0.3)
      ? [
          `cap daily_loss at ${random.pick(['0.5%', '1%'])} of equity${random.pick(['', ' else halt until day', ' else flatten', ' else halt'])}`,
        ]
      : []),
    ...(random.chance(0.3)
      ? [
          `cap drawdown at ${random.pick(['1%', '3%'])}${random.pick(['', ' else halt until day', ' else flatten', ' else halt'])}`,
        ]
      : []),
    ...(random.chance(0.4)
      ? [
          `pause ${random.int(1, 6)} bars when ${random.pick(['stopped_out', 'closed', 'closed.profit < 0', 'refused', 'close > open and prev close > prev open'])}`,
        ]
      : []),
  ];
  const execution = [
    random.pick(['fee: ignored', 'fee: 10bp', 'fee: maker 2bp taker 8bp']),
    random.pick(['slippage: ignored', 'slippage: 5bp', 'slippage: 0.05 * atr(3)']),
    ...(perpetual ? [`leverage: ${random.pick([1, 3, 20])}`, random.pick(['funding: data', 'funding: ignored'])] : []),
    random.pick(['', '', 'both_hit: best']),
    random.pick(['', 'touch: fills']),
    random.pick(['', '', 'fill: this_close']),
  ];
  return {
    perpetual,
    hours: random.pick([1, 4, 12]),
    strategy: `clock day = 1d\n${rules.join('\n')}\nrisk { ${limits.join('\n')} }\nexecution { ${execution.join('  ')} }`,
    bars: barsOf(random, perpetual),
    ...(random.chance(0.3) && { facts: { tick: '0.05', lot: '0.01', minNotional: '20' } }),
    ...(random.chance(0.3) && { fromTick: random.int(1, 20) }),
  };
}

/** What the laws have to know of a story, read off its text. */
export function circumstancesOf({ perpetual = false, strategy }: Story): Circumstances {
  const number = (pattern: RegExp, otherwise: number) => Number(pattern.exec(strategy)?.[1] ?? otherwise);
  const caps = [/cap exposure at (\d+)%/, /cap position at (\d+)%/].map(cap => number(cap, Number.POSITIVE_INFINITY));
  return {
    perpetual,
    leverage: number(/leverage: (\d+)/, 1),
    fillsAtClose: /this_close/.test(strategy),
    exposureCap: Math.min(...caps) / 100,
  };
}

function entryRule(random: Random, side: 'long' | 'short'): string {
  const sign = side === 'long' ? 1 : -1;
  const risks = random.chance(0.3);
  return `when ${random.pick(CONDITIONS)} enter ${side} { size: ${sizeOf(random, risks)} ${orderOf(random, sign)} ${bracketOf(random, sign, risks)} }`;
}

function exitRule(random: Random): string {
  const side = random.pick(['', 'long']);
  const block = random.chance(0.4)
    ? `{ at: ${random.pick(['limit close * 1.01', 'stop close * 0.99'])}  expire: ${random.int(1, 3)} bars ${random.chance(0.5) ? ' else: market' : ''} }`
    : '';
  return `when ${random.pick(CONDITIONS)} exit ${side} ${block}`;
}

function sizeOf(random: Random, risks: boolean): string {
  if (risks) return random.pick(['risking 0.5% of equity', 'risking 50 quote']);
  return random.pick(['40% of equity', '50% of equity', '5 base', '3000 quote']);
}

function orderOf(random: Random, sign: 1 | -1): string {
  if (random.chance(0.5)) return '';
  const away = random.pick(['0.5%', '1%', '2%']);
  const [below, above] = sign === 1 ? ['-', '+'] : ['+', '-'];
  const at = random.chance(0.6) ? `limit close * (1 ${below} ${away})` : `stop close * (1 ${above} ${away})`;
  return `at: ${at}  expire: ${random.int(1, 4)} bars`;
}

function bracketOf(random: Random, sign: 1 | -1, needsStop: boolean): string {
  const signed = (text: string) => text.replaceAll('S', sign === 1 ? '1' : '(-1)');
  const target = () => signed(random.pick(LEVEL.target));
  return [
    ...(needsStop
      ? [`stop: ${signed('entry - S * 2 * atr(3)')}`]
      : random.chance(0.5)
        ? [`stop: ${signed(random.pick(LEVEL.stop))}`]
        : []),
    ...(random.chance(0.3)
      ? [`target: ${target()}`]
      : random.chance(0.3)
        ? [`target: [${random.pick(['30%', '50%'])} at ${target()}, rest at ${target()}]`]
        : []),
    ...(random.chance(0.3)
      ? [`trail: ${random.pick(['1%', '1% after 1%', 'atr(3)', '2 * atr(3) after atr(3)'])}`]
      : []),
    ...(random.chance(0.3) ? [`hold: ${random.int(1, 9)} bars`] : []),
  ].join('  ');
}

function barsOf(random: Random, perpetual: boolean): string {
  const volatility = random.pick([0.003, 0.01, 0.04]);
  const gaps = random.pick([0, 0, 0.1, 0.3]);
  const marks = perpetual && random.chance(0.5);
  let price = 100;
  const cents = (value: number) => (Math.round(value * 20) / 20).toFixed(2);
  const move = () => 1 + (random.next() - 0.5) * 2 * volatility;
  return Array.from({ length: random.int(40, 90) }, (_, tick) => {
    const funding = perpetual && tick % 4 === 1 ? ` f=${((random.next() - 0.4) * 0.004).toFixed(5)}` : '';
    // Holes of at most two in a row stay under `max_gap` on every clock used here.
    if (tick > 0 && tick % 3 !== 0 && random.chance(gaps)) return `-${funding}`;
    const open = Number(cents(random.chance(0.7) ? price : price * move() * move()));
    const close = Number(cents(open * move()));
    const high = Number(cents(Math.max(open, close) * (1 + random.next() * volatility)));
    const low = Number(cents(Math.min(open, close) * (1 - random.next() * volatility)));
    price = close;
    const wobble = 1 + (random.next() - 0.5) * 0.004;
    const mark = marks
      ? ` m=${[open, Math.max(open, high), low, close].map(value => (value * wobble).toFixed(3)).join('/')}`
      : '';
    return `${open} ${Math.max(open, close, high)} ${Math.min(open, close, low)} ${close} !${random.int(1, 9)}${mark}${funding}`;
  }).join('\n');
}

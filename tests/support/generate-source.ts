/**
 * Strategies as text: lines that use the whole library, every operator, states that read one another, functions, blocks
 * on slower clocks and params, each right by its make. A line is one number, so a failure shrinks by losing lines.
 */
import fc from 'fast-check';
import { numbersFrom } from './generate-data.ts';

export interface SourceRecipe {
  readonly lines: readonly number[];
}

export const sourceRecipe: fc.Arbitrary<SourceRecipe> = fc.record({
  lines: fc.array(fc.nat(0x7fffffff), { minLength: 1, maxLength: 14 }),
});

export interface GeneratedSource {
  readonly text: string;
  /** Streams that can be watched. */
  readonly watch: readonly string[];
}

type Kind = 'price' | 'qty' | 'ratio' | 'plain' | 'bool';
const KINDS: readonly Kind[] = ['price', 'qty', 'ratio', 'plain', 'bool'];

export const HEAD = `strategy "Generated"
instrument "BTC/USDT" on binance
every 1h
clock slow = 4h
clock day = 1d
param p0: bars = 3 in 2..6
param p1: bars = 7 in 4..9 step 1
param share = 0.4 in 0.1..0.9
param swift = true
param style = "ema" of "ema", "sma"
`;

export function generateSource({ lines }: SourceRecipe): GeneratedSource {
  const writer = new Writer();
  for (const seed of lines) writer.line(numbersFrom(seed));
  return { text: writer.text(), watch: writer.watch };
}

type Random = () => number;

/** What may be named where: on the base clock (`base`), in an `at` block, in a function's body. */
interface Surroundings {
  readonly clock: 'base' | 'slow' | 'day' | 'fn';
  readonly names: ReadonlyMap<Kind, readonly string[]>;
}

class Writer {
  readonly watch: string[] = [];
  private readonly written: string[] = [];
  private readonly named: Record<'base' | 'slow' | 'day', Map<Kind, string[]>> = {
    base: new Map(),
    slow: new Map(),
    day: new Map(),
  };
  private readonly functions: { readonly name: string; readonly gives: Kind }[] = [];
  private count = 0;

  text(): string {
    return `${HEAD}${this.written.join('\n')}\n`;
  }

  line(random: Random): void {
    const number = this.count++;
    pick(random, [
      [6, () => this.stream(random, `v${number}`, 'base')],
      [3, () => this.state(random, `v${number}`)],
      [2, () => this.pair(random, `v${number}`)],
      [3, () => this.block(random, `v${number}`)],
      [2, () => this.fn(random, `f${number}`)],
      [1, () => this.several(random, `v${number}`)],
      [1, () => this.rule(random)],
    ])();
  }

  private name(kind: Kind, name: string, clock: 'base' | 'slow' | 'day'): void {
    const names = this.named[clock].get(kind) ?? [];
    names.push(name);
    this.named[clock].set(kind, names);
    this.watch.push(name);
  }

  private at(clock: 'base' | 'slow' | 'day'): Surroundings {
    return { clock, names: this.named[clock] };
  }

  private stream(random: Random, name: string, clock: 'base' | 'slow' | 'day'): string {
    const kind = oneOf(random, KINDS);
    const isSignal = kind === 'bool' && random() < 0.5;
    const text = `${isSignal ? 'signal' : 'let'} ${name} = ${this.expression(random, kind, this.at(clock), 3)}`;
    this.name(kind, name, clock);
    if (clock === 'base') this.written.push(text);
    return text;
  }

  private state(random: Random, name: string): void {
    const kind = oneOf(random, ['price', 'plain', 'bool'] as const);
    const inside = this.at('base');
    const e = (wanted: Kind) => this.expression(random, wanted, inside, 2);
    const starts =
      kind === 'bool'
        ? oneOf(random, ['true', 'false'])
        : kind === 'plain'
          ? '0'
          : oneOf(random, ['close', 'absent', e('price')]);
    const then = {
      price: () =>
        pick(random, [
          [
            1,
            `prev ${name} * ${oneOf(random, kind === 'price' && starts !== 'absent' ? ['0.9', 'share'] : ['0.9', '0.5'])} + ${oneOf(random, ['0.1', '0.5'])} * ${e('price')}`,
          ],
          [1, `if ${e('bool')} then ${e('price')} else prev ${name}`],
          [1, `max(prev ${name}, ${e('price')})`],
        ]),
      plain: () =>
        pick(random, [
          [1, `prev ${name} + ${e('plain')}`],
          [1, `prev ${name} + (if ${e('bool')} then 1 else 0)`],
          [1, `min(prev ${name} / 2, ${e('plain')})`],
        ]),
      bool: () => `if ${e('bool')} then not prev ${name} else prev ${name}`,
    }[kind]();
    const reset = pick(random, [
      [2, ''],
      [1, ' reset when new(day)'],
      [1, ` reset when ${e('bool')}`],
    ]);
    this.written.push(`state ${name} starts ${starts} then ${then}${reset}`);
    this.name(kind, name, 'base');
  }

  /** Two states that read what the other one held. */
  private pair(random: Random, name: string): void {
    const [a, b] = [`${name}a`, `${name}b`];
    const e = (wanted: Kind) => this.expression(random, wanted, this.at('base'), 2);
    const reset = random() < 0.5 ? ' reset when new(day)' : '';
    this.written.push(
      `state ${a} starts 0 then prev ${a} * 0.5 + ${random() < 0.7 ? `prev ${b}` : b} + ${e('plain')}${reset}`,
      `state ${b} starts ${oneOf(random, ['1', 'absent'])} then if ${e('bool')} then prev ${a} else prev ${b} / 4${reset}`,
    );
    this.name('plain', a, 'base');
    this.name('plain', b, 'base');
  }

  private block(random: Random, name: string): void {
    const clock = oneOf(random, ['slow', 'day'] as const);
    const lines = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, index) =>
      random() < 0.2
        ? this.slowState(random, `${name}_${index}`, clock)
        : this.stream(random, `${name}_${index}`, clock),
    );
    this.written.push(`at ${clock} {\n${lines.map(line => `  ${line}`).join('\n')}\n}`);
  }

  private slowState(random: Random, name: string, clock: 'slow' | 'day'): string {
    const text = `state ${name} starts 0 then prev ${name} * 0.25 + ${this.expression(random, 'plain', this.at(clock), 2)}`;
    this.name('plain', name, clock);
    return text;
  }

  private fn(random: Random, name: string): void {
    const gives = oneOf(random, ['price', 'ratio', 'bool'] as const);
    const own = new Map<Kind, string[]>([['price', ['src']]]);
    const inside: Surroundings = { clock: 'fn', names: own };
    const e = (wanted: Kind) => this.expression(random, wanted, inside, 2);
    const head = `fn ${name}(src: price, n: bars, tight: bool = false) -> ${gives}`;
    if (random() < 0.4) this.written.push(`${head} = ${e(gives)}`);
    else {
      const first = `  let first = ${e('price')}`;
      own.get('price')?.push('first');
      const held = `  state held starts first then if tight then prev held else ${e('price')}`;
      own.get('price')?.push('held');
      this.written.push(`${head} {\n${first}\n${held}\n  let last = ${e(gives)}\n}`);
    }
    this.functions.push({ name, gives });
  }

  private several(random: Random, name: string): void {
    const [call, fields] = oneOf(random, SEVERAL);
    this.written.push(`let ${name} = ${call}`);
    for (const [field, kind] of Object.entries(fields)) this.name(kind, `${name}.${field}`, 'base');
  }

  private rule(random: Random): void {
    const e = (wanted: Kind) => this.expression(random, wanted, this.at('base'), 2);
    this.written.push(
      pick(random, [
        [
          2,
          `when ${e('bool')} enter long {\n  size: ${oneOf(random, ['10% of equity', 'risking 0.5% of equity', '500 quote'])}\n  stop: entry - abs(${e('price')} or else close) * 0.01\n}`,
        ],
        [1, `when ${e('bool')} exit`],
        [1, `risk { pause 3 bars when ${e('bool')} }`],
        [1, `plot ${e('price')} on price`],
      ]),
    );
  }

  // ---------------------------------------------------------------- expressions

  private expression(random: Random, kind: Kind, here: Surroundings, depth: number): string {
    const leaf = depth <= 0 || random() < 0.15;
    const e = (wanted: Kind) => this.expression(random, wanted, here, depth - 1);
    const n = () =>
      oneOf(
        random,
        here.clock === 'fn'
          ? ['n', 'n', '3', '5']
          : ['3', '5', '8', 'p0', 'p1', 'p0 + 2', here.clock === 'day' ? '4d' : '12h'],
      );
    if (leaf) return this.leaf(random, kind, here);
    const call = this.functions.filter(known => known.gives === kind && here.clock !== 'fn');
    if (call.length > 0 && random() < 0.3)
      return `${oneOf(random, call).name}(${e('price')}, ${n()}${random() < 0.3 ? ', tight = swift' : ''})`;
    const any = oneOf(random, ['price', 'qty', 'ratio', 'plain'] as const);
    const same: readonly Choice[] = [
      [2, () => `(if ${e('bool')} then ${e(kind)} else ${e(kind)})`],
      [1, () => `(${e(kind)} or else ${e(kind)})`],
      [1, () => `prev (${e(kind)})`],
      [1, () => `(${e(kind)})[${oneOf(random, ['0', '1', '2', n()])}]`],
    ];
    const number: readonly Choice[] = [
      [2, () => `(${e(kind)} + ${e(kind)})`],
      [2, () => `(${e(kind)} - ${e(kind)})`],
      [1, () => `${oneOf(random, ['max', 'min'])}(${e(kind)}, ${e(kind)}${random() < 0.3 ? `, ${e(kind)}` : ''})`],
      [1, () => `${oneOf(random, ['abs', '-'])}(${e(kind)})`],
      [1, () => `(${e(kind)} * ${oneOf(random, ['1.5', '0.25', 'share', '120%', e('plain')])})`],
      [
        4,
        () =>
          `${oneOf(random, ['sma', 'ema', 'rma', 'wma', 'mean', 'highest', 'lowest', 'median', 'mean_deviation', 'stdev', 'linreg', 'dema', 'tema', 'hma', 'vwma', 'change', 'momentum'])}(${e(kind)}, ${n()})`,
      ],
      [1, () => `quantile(${e(kind)}, ${n()}, ${oneOf(random, ['0.5', 'share', '25%'])})`],
      [1, () => `smooth(${e(kind)}, ${n()}, ${oneOf(random, ['0.3', 'share', '1'])})`],
      [2, () => `${oneOf(random, ['highest_since', 'lowest_since', 'value_when'])}(${e(kind)}, ${e('bool')})`],
      [1, () => `sqrt(variance(${e(kind)}, ${n()}${random() < 0.3 ? ', sample = true' : ''}))`],
      [1, () => `(if style == "ema" then ema(${e(kind)}, ${n()}) else sma(${e(kind)}, ${n()}))`],
    ];
    const own: Readonly<Record<Kind, readonly Choice[]>> = {
      price: [
        [1, () => `bollinger(${e('price')}, ${n()}, 2).${oneOf(random, ['upper', 'middle', 'lower'])}`],
        [1, () => `keltner(${n()}, 1.5, ${n()}).${oneOf(random, ['upper', 'middle', 'lower'])}`],
        [1, () => `donchian(${n()}).${oneOf(random, ['upper', 'middle', 'lower'])}`],
        [1, () => `supertrend(${n()}, 2).line`],
        [1, () => 'psar().line'],
        [1, () => `chandelier_${oneOf(random, ['long', 'short'])}(${n()}, 2)`],
        [1, () => `macd(${e('price')}, 3, 6, ${n()}).${oneOf(random, ['line', 'trigger', 'histogram'])}`],
        [1, () => `vwap(${oneOf(random, here.clock === 'base' ? ['new(day)', e('bool')] : [e('bool')])})`],
        [1, () => `atr(${n()})`],
        [1, () => 'true_range()'],
        [1, () => `slope(${e('price')}, ${n()})`],
      ],
      qty: [
        [1, () => 'obv()'],
        [1, () => `sum(${e('qty')}, ${n()})`],
      ],
      ratio: [
        [2, () => `(${e('price')} / ${e('price')})`],
        [2, () => `${oneOf(random, ['returns', 'log_returns'])}(${e('price')}, ${n()})`],
        [1, () => `(${e('qty')} / ${e('qty')} - 1)`],
      ],
      plain: [
        [1, () => `plain(${e(any)})`],
        [1, () => `sign(${e(any)})`],
        [1, () => `correlation(${e('price')}, ${e('qty')}, ${n()})`],
        [1, () => `plain(covariance(${e('ratio')}, ${e('plain')}, ${n()}))`],
        [1, () => `plain(zscore(${e(any)}, ${n()}))`],
        [1, () => `roc(${e('price')}, ${n()})`],
        [1, () => `plain(count(${e('bool')}, ${n()}))`],
        [1, () => `plain(bars_since(${e('bool')}))`],
        [1, () => `plain(${oneOf(random, ['since_highest', 'since_lowest', 'percent_rank'])}(${e(any)}, ${n()}))`],
        [1, () => `plain(rsi(${e('price')}, ${n()}))`],
        [
          1,
          () =>
            `plain(${oneOf(random, [`mfi(${n()})`, `cci(${n()})`, `williams_r(${n()})`, `adx(${n()})`, `dmi(${n()}).plus`, `aroon(${n()}).up`, `stochastic(${n()}, 2, 3).${oneOf(random, ['k', 'd'])}`])})`,
        ],
        [1, () => `plain(${oneOf(random, ['hour_of_day()', 'weekday()'])})`],
        [1, () => `${oneOf(random, ['floor', 'ceil', 'round', 'exp', 'log', 'sin', 'cos'])}(${e('plain')})`],
        [1, () => `((${e('plain')}) ^ ${oneOf(random, ['2', '0.5', '-1'])})`],
        [1, () => `((${e('plain')}) mod ${oneOf(random, ['3', '0.7'])})`],
        [1, () => `steps(${e('plain')}, -10, 1, 0, ${e('plain')}, 10, 3)`],
        [
          1,
          () =>
            `${oneOf(random, ['mean', 'sum', 'highest', 'lowest', 'sma'])}(${e('plain')}, 8, need = ${oneOf(random, ['1', '3', 'p0'])})`,
        ],
      ],
      bool: [
        [3, () => `(${e(any)} ${oneOf(random, ['<', '<=', '>', '>=', '==', '!='])} ${e(any)})`],
        [2, () => `(${e('bool')} ${oneOf(random, ['and', 'or'])} ${e('bool')})`],
        [1, () => `(not ${e('bool')})`],
        [2, () => `(${e(any)} crosses ${oneOf(random, ['above', 'below'])} ${e(any)})`],
        [1, () => `(${e(any)} between ${e(any)} and ${e(any)})`],
        [1, () => `${oneOf(random, ['rising', 'falling'])}(${e(any)}, ${n()})`],
        [1, () => `changed(${e(oneOf(random, KINDS))})`],
        [1, () => `present(${e(any)})`],
        [1, () => `${oneOf(random, ['supertrend(4, 2)', 'psar()'])}.rising`],
        [
          1,
          () =>
            oneOf(random, here.clock === 'base' ? ['new(day)', 'ends(slow)', 'new(slow)'] : ['present(close)', 'bar']),
        ],
        [1, () => '(swift and style is sma)'],
      ],
    };
    const across: readonly Choice[] =
      here.clock === 'base'
        ? this.crossings(random, kind)
        : here.clock === 'fn'
          ? []
          : this.sampled(random, kind, here.clock);
    const account: readonly Choice[] = here.clock === 'base' ? accountStreams(random, kind) : [];
    return pick(random, [...same, ...(kind === 'bool' ? [] : number), ...own[kind], ...across, ...account])();
  }

  private leaf(random: Random, kind: Kind, here: Surroundings): string {
    const names = here.names.get(kind) ?? [];
    if (names.length > 0 && random() < 0.6) return oneOf(random, names);
    return {
      price: oneOf(random, ['open', 'high', 'low', 'close', 'close']),
      qty: 'volume',
      ratio: oneOf(random, ['5%', '25bp', 'close / open', 'returns(close, 1)']),
      plain: oneOf(random, ['2', '0.5', '-3', 'share', 'plain(close)', 'plain(rsi(close, 3) / 50)']),
      bool: oneOf(random, ['close > open', 'volume < volume[1]', 'swift', 'high > prev high', 'bar']),
    }[kind];
  }

  /** From a slower clock to the base. */
  private crossings(random: Random, kind: Kind): readonly Choice[] {
    const names = [...(this.named.slow.get(kind) ?? []), ...(this.named.day.get(kind) ?? [])];
    return names.length === 0
      ? []
      : [
          [
            6,
            () =>
              `latest(${oneOf(random, names)}${random() < 0.3 ? `, max_age = ${oneOf(random, ['4h', '30h'])}` : ''})`,
          ],
        ];
  }

  private sampled(random: Random, kind: Kind, clock: 'slow' | 'day'): readonly Choice[] {
    const names = this.named.base.get(kind) ?? [];
    return names.length === 0 ? [] : [[4, () => `sample(${oneOf(random, names)}, ${clock})`]];
  }
}

function accountStreams(random: Random, kind: Kind): readonly Choice[] {
  const streams: Readonly<Record<Kind, readonly string[]>> = {
    price: ['(entry or else close)', '(last_entry or else open)'],
    qty: ['position'],
    ratio: ['(profit or else 0%)', 'exposure', 'drawdown'],
    plain: ['plain(bars_held or else 0)', 'plain(entries)', 'plain(count(filled, 3))'],
    bool: ['stopped_out', 'opened', '(side is long)', 'changed(side)'],
  };
  return [[1, () => oneOf(random, streams[kind])]];
}

const SEVERAL: readonly (readonly [string, Readonly<Record<string, Kind>>])[] = [
  ['bollinger(close, 5, 2)', { upper: 'price', lower: 'price' }],
  ['donchian(p1)', { upper: 'price', middle: 'price' }],
  ['macd(close, 3, 7, 4)', { line: 'price', histogram: 'price' }],
  ['stochastic(5, 2, 2)', { k: 'plain', d: 'plain' }],
  ['supertrend(5, 1.5)', { line: 'price', rising: 'bool' }],
  ['dmi(p0)', { plus: 'plain', adx: 'plain' }],
];

type Choice = readonly [weight: number, make: () => string];

function oneOf<T>(random: Random, values: readonly T[]): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new RangeError('nothing to choose from');
  return value;
}

function pick<T>(random: Random, choices: readonly (readonly [weight: number, value: T])[]): T {
  let left = random() * choices.reduce((total, [weight]) => total + weight, 0);
  for (const [weight, value] of choices) {
    left -= weight;
    if (left < 0) return value;
  }
  throw new RangeError('nothing to choose from');
}

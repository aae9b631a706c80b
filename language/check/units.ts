/**
 * The algebra of units. A unit is a product of powers of assets; one without a dimension has a flavour. Ordinary
 * indicators never notice it: bare numbers fit everywhere, and numbers without dimension mix freely except with lengths
 * of time and, for adding and comparing, ratios with indices and bars. Dollars never meet bitcoins.
 */
import type { StreamUnit } from '../operators/streams.ts';
import type { Unit } from './node.ts';
import type { Instrument } from './program.ts';

type Flavour = Unit['flavour'];

const flavoured = (flavour: Flavour): Unit => ({ dimension: {}, flavour });
export const ANY: Unit = flavoured('any');
export const PLAIN: Unit = flavoured('plain');
export const RATIO: Unit = flavoured('ratio');
export const INDEX: Unit = flavoured('index');
export const BARS: Unit = flavoured('bars');
export const DURATION: Unit = flavoured('duration');

const FLAVOURED = { plain: PLAIN, ratio: RATIO, index: INDEX, bars: BARS, duration: DURATION } as const;

export type Assets = Pick<Instrument, 'base' | 'quote' | 'settle'>;

/** `money` is counted in what the contract settles in. */
export function unitNamed(name: StreamUnit | 'index', assets: Assets): Unit {
  switch (name) {
    case 'price':
      return withDimension({ [assets.quote]: 1, [assets.base]: -1 });
    case 'money':
      return withDimension({ [assets.settle]: 1 });
    case 'qty':
      return withDimension({ [assets.base]: 1 });
    default:
      return FLAVOURED[name];
  }
}

export function hasDimension(unit: Unit): boolean {
  return unit.flavour === 'none';
}

export function sameUnit(a: Unit, b: Unit): boolean {
  return a.flavour === b.flavour && sameDimension(a, b);
}

function sameDimension(a: Unit, b: Unit): boolean {
  const assets = Object.keys(a.dimension);
  return (
    assets.length === Object.keys(b.dimension).length &&
    assets.every(asset => a.dimension[asset] === b.dimension[asset])
  );
}

/** The unit of a sum, comparison or choice of both; `undefined` when they cannot meet. */
export function meet(a: Unit, b: Unit): Unit | undefined {
  if (hasDimension(a) || hasDimension(b)) {
    if (a.flavour === 'any') return b;
    if (b.flavour === 'any') return a;
    return hasDimension(a) && hasDimension(b) && sameDimension(a, b) ? a : undefined;
  }
  if (a.flavour === b.flavour) return a;
  // A bare number beside a length of time is told apart by the caller, who knows whether it is zero.
  if (a.flavour === 'duration' || b.flavour === 'duration')
    return a.flavour === 'any' || b.flavour === 'any' ? DURATION : undefined;
  if (a.flavour === 'any' || a.flavour === 'plain') return b.flavour === 'any' ? a : b;
  if (b.flavour === 'any' || b.flavour === 'plain') return a;
  return undefined;
}

export function product(a: Unit, b: Unit): Unit {
  if (hasDimension(a) || hasDimension(b)) return combine(a, b, 1);
  return flavoured(productFlavour(a.flavour, b.flavour));
}

function productFlavour(a: Flavour, b: Flavour): Flavour {
  if (a === 'any') return b;
  if (b === 'any') return a;
  if (a === 'plain' || a === 'ratio') return a === 'plain' || b !== 'plain' ? b : a;
  if (b === 'plain' || b === 'ratio') return a;
  return 'plain';
}

export function quotient(a: Unit, b: Unit): Unit {
  if (hasDimension(a) || hasDimension(b)) {
    const unit = combine(a, b, -1);
    return hasDimension(unit) ? unit : RATIO;
  }
  if (b.flavour === 'any' || b.flavour === 'plain') return a.flavour === 'any' ? b : a;
  if (a.flavour === b.flavour) return a.flavour === 'index' || a.flavour === 'ratio' ? RATIO : PLAIN;
  if (b.flavour === 'ratio') return a.flavour === 'any' || a.flavour === 'plain' ? RATIO : a;
  return PLAIN;
}

export function power(unit: Unit, exponent: number): Unit {
  if (!hasDimension(unit)) return unit.flavour === 'any' || unit.flavour === 'ratio' ? unit : PLAIN;
  return exponent === 0 ? PLAIN : combine(ANY, unit, exponent);
}

/** a · b^exponent. */
function combine(a: Unit, b: Unit, exponent: number): Unit {
  const dimension: Record<string, number> = { ...a.dimension };
  for (const [asset, size] of Object.entries(b.dimension)) {
    const sum = (dimension[asset] ?? 0) + size * exponent;
    if (sum === 0) delete dimension[asset];
    else dimension[asset] = sum;
  }
  return withDimension(dimension);
}

function withDimension(dimension: Readonly<Record<string, number>>): Unit {
  return Object.keys(dimension).length === 0 ? RATIO : { dimension, flavour: 'none' };
}

const FLAVOUR_WORDS: Readonly<Record<Exclude<Flavour, 'none'>, string>> = {
  any: 'a number',
  plain: 'a plain number',
  ratio: 'a ratio',
  index: 'an index of 0 to 100',
  bars: 'a number of bars',
  duration: 'a length of time',
};

/** A trader's words: "a price in USDT per BTC", "an amount of USDT", "a ratio". */
export function unitWords(unit: Unit): string {
  if (unit.flavour !== 'none') return FLAVOUR_WORDS[unit.flavour];
  const up = Object.entries(unit.dimension).filter(([, size]) => size > 0);
  const down = Object.entries(unit.dimension).filter(([, size]) => size < 0);
  const [over] = up;
  const [under] = down;
  if (up.length === 1 && down.length === 0 && over?.[1] === 1) return `an amount of ${over[0]}`;
  if (up.length === 1 && down.length === 1 && over?.[1] === 1 && under?.[1] === -1)
    return `a price in ${over[0]} per ${under[0]}`;
  const text = (entries: readonly (readonly [string, number])[]) =>
    entries.map(([asset, size]) => (Math.abs(size) === 1 ? asset : `${asset}^${Math.abs(size)}`)).join('·');
  return `a value in ${text(up) || '1'}${down.length > 0 ? ` per ${text(down)}` : ''}`;
}

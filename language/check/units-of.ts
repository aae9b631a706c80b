/** Asking a unit what it is, in the words of one instrument. */
import type { Unit } from './node.ts';
import type { Instrument } from './program.ts';

export function isRatio(unit: Unit): boolean {
  return unit.flavour === 'ratio';
}

export function isPrice(unit: Unit, instrument: Pick<Instrument, 'base' | 'quote'>): boolean {
  return hasDimension(unit, { [instrument.quote]: 1, [instrument.base]: -1 });
}

export function isMoney(unit: Unit, instrument: Pick<Instrument, 'quote'>): boolean {
  return hasDimension(unit, { [instrument.quote]: 1 });
}

export function isQuantity(unit: Unit, instrument: Pick<Instrument, 'base'>): boolean {
  return hasDimension(unit, { [instrument.base]: 1 });
}

function hasDimension(unit: Unit, wanted: Readonly<Record<string, number>>): boolean {
  const powers = Object.entries(unit.dimension).filter(([, power]) => power !== 0);
  return powers.length === Object.keys(wanted).length && powers.every(([asset, power]) => wanted[asset] === power);
}

/** "a price in USDT per BTC", "a plain number": how a message names the unit. */
export function unitWords(unit: Unit): string {
  const powers = Object.entries(unit.dimension).filter(([, power]) => power !== 0);
  if (powers.length > 0) return dimensionWords(powers);
  switch (unit.flavour) {
    case 'ratio':
      return 'a ratio';
    case 'index':
      return 'an index';
    case 'bars':
      return 'a number of bars';
    case 'duration':
      return 'a length of time';
    default:
      return 'a plain number';
  }
}

function dimensionWords(powers: readonly (readonly [string, number])[]): string {
  const above = powers.filter(([, power]) => power > 0);
  const below = powers.filter(([, power]) => power < 0);
  const assets = (side: typeof powers) =>
    side.map(([asset, power]) => (Math.abs(power) === 1 ? asset : `${asset}^${Math.abs(power)}`)).join('·');
  if (below.length === 0) return `an amount of ${assets(above)}`;
  if (above.length === 0) return `something per ${assets(below)}`;
  return `a price in ${assets(above)} per ${assets(below)}`;
}

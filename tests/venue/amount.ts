/**
 * Quantities, prices and money of the local venue: whole numbers of 10⁻⁸, as venues keep them. Nothing of it is shared
 * with the product, so that a rounding mistake there cannot hide here.
 */
export type Amount = bigint;

const SCALE = 8;
export const ONE: Amount = 10n ** BigInt(SCALE);

/** Reads decimal text; undefined when it is none or has more than eight decimals. */
export function readAmount(text: string | undefined): Amount | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text ?? '');
  if (match === null) return undefined;
  const [, sign, whole = '0', fraction = ''] = match;
  if (fraction.replace(/0+$/, '').length > SCALE) return undefined;
  const digits = BigInt(whole + fraction.slice(0, SCALE).padEnd(SCALE, '0'));
  return sign === '-' ? -digits : digits;
}

export function amount(text: string): Amount {
  const value = readAmount(text);
  if (value === undefined) throw new Error(`"${text}" is no amount`);
  return value;
}

/** The decimal nearest to a double. */
export function amountOf(value: number): Amount {
  return amount(value.toFixed(SCALE));
}

/** With all eight decimals, as Binance writes them. */
export function text(value: Amount): string {
  const digits = (value < 0n ? -value : value).toString().padStart(SCALE + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -SCALE)}.${digits.slice(-SCALE)}`;
}

/** Without trailing zeros, as Coinbase writes them. */
export function shortText(value: Amount): string {
  return text(value).replace(/\.?0+$/, '');
}

export function number(value: Amount): number {
  return Number(text(value));
}

/** Rounded towards zero. */
export function times(a: Amount, b: Amount): Amount {
  return (a * b) / ONE;
}

export function over(a: Amount, b: Amount): Amount {
  return (a * ONE) / b;
}

export function least(a: Amount, b: Amount): Amount {
  return a < b ? a : b;
}

export function size(value: Amount): Amount {
  return value < 0n ? -value : value;
}

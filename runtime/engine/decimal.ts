/**
 * Venue arithmetic: prices and quantities are decimals with a smallest step, so rounding them is done in decimals, never
 * in binary fractions. This is the one place where account numbers leave f64.
 *
 * A double carries fifteen decimal digits for certain, so the decimal it stands for is its value at fifteen significant
 * digits: 100.1 is 100.1 and 0.1 + 0.2 is 0.3, not a hair beside them. From there on everything is exact.
 */

/** `digits × 10^-scale`. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** A venue's smallest step of a price or quantity. */
export interface Step {
  readonly decimal: Decimal;
  /** The same number as doubles, for the path that needs no big integers. */
  readonly units: number;
  readonly power: number;
  readonly size: number;
}

export type Rounding = 'down' | 'up' | 'nearest';

const SIGNIFICANT_DIGITS = 15;
/** Powers of ten up to this are exact doubles. */
const EXACT_POWER = 22;
/** Nearer to a whole number of steps than this, relative, the decimals decide. */
const DOUBTFUL = 1e-12;

export class DecimalError extends Error {
  override readonly name = 'DecimalError';
}

const NUMBER = /^([+-]?)(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;

/** Reads decimal text such as `0.00001` or `1e-8`, exactly. */
export function parseDecimal(text: string): Decimal {
  const match = NUMBER.exec(text.trim());
  if (match === null) throw new DecimalError(`"${text}" is not a decimal number`);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`);
  const scale = fraction.length - Number(exponent);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

/** The decimal that a finite double stands for. */
export function decimalOf(value: number): Decimal {
  return parseDecimal(value.toPrecision(SIGNIFICANT_DIGITS));
}

export function numberOf(decimal: Decimal): number {
  return Number(`${decimal.digits}e-${decimal.scale}`);
}

export function parseStep(text: string): Step {
  const decimal = parseDecimal(text);
  if (decimal.digits <= 0n) throw new DecimalError(`a step must be positive, not "${text}"`);
  return {
    decimal,
    units: Number(decimal.digits),
    power: decimal.scale <= EXACT_POWER ? 10 ** decimal.scale : Number.NaN,
    size: numberOf(decimal),
  };
}

/** The sum of the decimals that two finite doubles stand for. */
export function addExactly(a: number, b: number): number {
  const [one, other] = [decimalOf(a), decimalOf(b)];
  const scale = Math.max(one.scale, other.scale);
  const at = ({ digits, scale: own }: Decimal) => digits * 10n ** BigInt(scale - own);
  return numberOf({ digits: at(one) + at(other), scale });
}

/** Rounds a finite number to a multiple of the step; other numbers pass through. */
export function roundToStep(value: number, step: Step, rounding: Rounding): number {
  const steps = value / step.size;
  const below = Math.floor(steps);
  const fraction = steps - below;
  const doubt = (Math.abs(steps) + 1) * DOUBTFUL;
  const clear = fraction > doubt && 1 - fraction > doubt && Math.abs(fraction - 0.5) > doubt;
  if (clear) {
    const up = rounding === 'up' || (rounding === 'nearest' && fraction > 0.5);
    // Both integers are exact, so one division gives the double nearest to the decimal.
    const digits = (up ? below + 1 : below) * step.units;
    if (Number.isSafeInteger(digits) && !Number.isNaN(step.power)) return digits / step.power;
  }
  return Number.isFinite(value) ? roundExactly(value, step.decimal, rounding) : value;
}

/** The same by integers alone: what `roundToStep` falls back on and is tested against. */
export function roundExactly(value: number, step: Decimal, rounding: Rounding): number {
  const { digits, scale } = decimalOf(value);
  const common = Math.max(scale, step.scale);
  const amount = digits * 10n ** BigInt(common - scale);
  const size = step.digits * 10n ** BigInt(common - step.scale);
  let count = amount / size;
  if (count * size > amount) count -= 1n; // big integers truncate towards zero
  const rest = amount - count * size;
  if (rest > 0n && (rounding === 'up' || (rounding === 'nearest' && rest * 2n >= size))) count += 1n;
  return numberOf({ digits: count * step.digits, scale: step.scale });
}

/** Whether `price × quantity` reaches the minimum, exactly. */
export function reachesNotional(price: number, quantity: number, minimum: Decimal): boolean {
  const a = decimalOf(price);
  const b = decimalOf(quantity);
  const scale = a.scale + b.scale;
  const common = Math.max(scale, minimum.scale);
  const product = a.digits * b.digits * 10n ** BigInt(common - scale);
  return product >= minimum.digits * 10n ** BigInt(common - minimum.scale);
}

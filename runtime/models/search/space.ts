/** The space of a search: its values, how a point is drawn from it, and points as text. */
import exp from '@stdlib/math-base-special-exp';
import log from '@stdlib/math-base-special-ln';
import type { Chance } from '../../statistics/chance.ts';
import type { Dimension, NumberDimension, Point, Value } from './types.ts';

/** Throws a RangeError that names the dimension and what is wrong with it. */
export function checkSpace(space: readonly Dimension[]): void {
  const names = new Set<string>();
  for (const dimension of space) {
    const wrong = names.has(dimension.name) ? 'stands there twice' : faultOf(dimension);
    if (wrong !== undefined) throw new RangeError(`the search range of ${dimension.name} ${wrong}`);
    names.add(dimension.name);
  }
}

function faultOf(dimension: Dimension): string | undefined {
  if (dimension.kind === 'choice') return dimension.of.length === 0 ? 'is empty' : undefined;
  const { low, high, step } = dimension;
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) return `goes from ${low} to ${high}`;
  if (step !== undefined && !(step > 0 && Number.isFinite(step))) return `has a step of ${step}`;
  if (dimension.log === true && low <= 0) return `is logarithmic and begins at ${low}`;
  return undefined;
}

/** How many values a dimension has; Infinity without steps. */
export function valueCount(dimension: Dimension): number {
  if (dimension.kind === 'choice') return dimension.of.length;
  const { low, high, step } = dimension;
  if (low === high) return 1;
  return step === undefined ? Number.POSITIVE_INFINITY : Math.floor((high - low) / step + 1e-9) + 1;
}

/** Value number `index` of a dimension with steps, or of `levels` even ones between its ends. */
export function valueAt(dimension: Dimension, index: number, levels = 2): Value {
  if (dimension.kind === 'choice') return dimension.of[index];
  const { low, high, step } = dimension;
  if (low === high) return low;
  if (step !== undefined) return tidy(low + index * step);
  const [from, to] = ends(dimension);
  return fromScale(dimension, from + (index / (levels - 1)) * (to - from));
}

/** `chance` gives one draw a dimension, in the order of the space. */
export function drawPoint(space: readonly Dimension[], { next }: Chance): Point {
  return Object.fromEntries(space.map(dimension => [dimension.name, drawValue(dimension, next())]));
}

function drawValue(dimension: Dimension, uniform: number): Value {
  if (dimension.kind === 'choice') return dimension.of[Math.floor(uniform * dimension.of.length)];
  const [from, to] = ends(dimension);
  return fromScale(dimension, from + uniform * (to - from));
}

/**
 * Ends of a dimension on the scale it is drawn on: the logarithm, or the number itself; with steps half a step wider on
 * both sides, so that every value has as much room.
 */
export function ends(dimension: NumberDimension): readonly [number, number] {
  const { low, high, step } = dimension;
  const half = step === undefined || low === high ? 0 : step / 2;
  const top = half === 0 ? high : Number(valueAt(dimension, valueCount(dimension) - 1)) + half;
  const bottom = low - half;
  // A logarithmic range of whole numbers may begin at 1: half a step under it is still above 0.
  return dimension.log === true ? [log(bottom > 0 ? bottom : low), log(top)] : [bottom, top];
}

export function toScale(dimension: NumberDimension, value: number): number {
  return dimension.log === true ? log(value) : value;
}

/** The value nearest to a place on the scale. */
export function fromScale(dimension: NumberDimension, place: number): number {
  const { low, high, step } = dimension;
  const value = dimension.log === true ? exp(place) : place;
  if (step === undefined || low === high) return Math.min(high, Math.max(low, value));
  const index = Math.min(valueCount(dimension) - 1, Math.max(0, Math.round((value - low) / step)));
  return tidy(low + index * step);
}

/** 0.1 + 3 · 0.05 is 0.25: a value is written, hashed and compared. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

/** The same text for the same point, whatever the order of its names. */
export function keyOf(point: Point): string {
  return JSON.stringify(Object.entries(point).sort(([a], [b]) => (a < b ? -1 : 1)));
}

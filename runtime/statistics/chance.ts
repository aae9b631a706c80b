/**
 * Chance by a seed: the same numbers for the same seed on every machine (xoshiro128**, seeded by splitmix32). A draw that
 * must not depend on how many were made before it has a place of its own: `chance(seed, T, trial)`.
 */

export interface Chance {
  /** Uniform in [0, 1), 32 bits. */
  readonly next: () => number;
  /** A whole number in [0, limit), for limits up to 2³². */
  readonly below: (limit: number) => number;
  /** Shuffles in place, every order equally likely (Fisher–Yates). */
  readonly shuffle: (items: Uint32Array | Int32Array) => void;
}

/** `place`: any numbers, also times in milliseconds; all their bits count. */
export function chance(seed: number, ...place: readonly number[]): Chance {
  let mixed = place.reduce((key, part) => mix(mix(key ^ (part | 0)) ^ Math.floor(part / 2 ** 32)), start(seed, place));
  const splitmix = (): number => {
    mixed = (mixed + 0x9e3779b9) | 0;
    return mix(mixed);
  };
  let [a, b, c, d] = [splitmix(), splitmix(), splitmix(), splitmix()];
  const next = (): number => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return (scrambled >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    shuffle: items => {
      for (let i = items.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [items[i], items[j]] = [items[j], items[i]];
      }
    },
  };
}

/** A seed beside places is mixed first: seeds 1 and 2 at places 0 … 99 would share all their draws otherwise. */
function start(seed: number, place: readonly number[]): number {
  return place.length === 0 ? seed | 0 : mix((seed + 0x9e3779b9) | 0);
}

function mix(value: number): number {
  let z = value;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return z ^ (z >>> 15);
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

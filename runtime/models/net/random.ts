/** Chance by a seed: the same numbers for the same seed on every machine (xoshiro128**, seeded by splitmix32). */

export interface Chance {
  /** Uniform in [0, 1), 32 bits. */
  readonly next: () => number;
  /** Shuffles in place, every order equally likely (Fisher–Yates). */
  readonly shuffle: (items: Uint32Array) => void;
}

export function chance(seed: number): Chance {
  let mixed = seed | 0;
  const splitmix = (): number => {
    mixed = (mixed + 0x9e3779b9) | 0;
    let z = mixed;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
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
  return {
    next,
    shuffle: items => {
      for (let i = items.length - 1; i > 0; i--) {
        const j = Math.floor(next() * (i + 1));
        [items[i], items[j]] = [items[j], items[i]];
      }
    },
  };
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

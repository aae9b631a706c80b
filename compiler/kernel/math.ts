/** The functions that Wasm lacks, from the library that the reference forms use: the same bits in every back-end. */
import exp from '@stdlib/math-base-special-exp';
import log from '@stdlib/math-base-special-ln';
import pow from '@stdlib/math-base-special-pow';
import sin from '@stdlib/math-base-special-sin';

export const MATH_IMPORTS = { exp, log, pow, sin } as const;
export type MathName = keyof typeof MATH_IMPORTS;
export const MATH_ARITY: Readonly<Record<MathName, number>> = { exp: 1, log: 1, pow: 2, sin: 1 };

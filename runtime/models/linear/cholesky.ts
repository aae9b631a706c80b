/** Solves A x = b for a symmetric positive definite A by its Cholesky factor, in f64. */

/**
 * `a` is row by row, its lower triangle is read and replaced by the factor. Absent where A is not positive definite as far
 * as numbers can tell: a pivot lost all but `2^-40` of the diagonal it started from.
 */
export function solvePositive(a: Float64Array, b: Float64Array): Float64Array | undefined {
  const n = b.length;
  for (let j = 0; j < n; j++) {
    const diagonal = a[j * n + j];
    let pivot = diagonal;
    for (let k = 0; k < j; k++) pivot -= a[j * n + k] ** 2;
    if (!(pivot > diagonal * 2 ** -40)) return undefined;
    const root = Math.sqrt(pivot);
    a[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      let sum = a[i * n + j];
      for (let k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = sum / root;
    }
  }
  const x = b.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= a[i * n + k] * x[k];
    x[i] /= a[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= a[k * n + i] * x[k];
    x[i] /= a[i * n + i];
  }
  return x;
}

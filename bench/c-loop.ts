/**
 * The yardstick: the reference job hand-written in C (`../shared/bench/reference_loop.c`), compiled here and called
 * through koffi. Where there is no gcc or no shared folder the benchmarks that need it are skipped, visibly.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BarColumns } from '../runtime/data/series.ts';

const SOURCE = join(import.meta.dirname, '..', '..', 'shared', 'bench', 'reference_loop.c');

export interface LoopResult {
  readonly trades: number;
  readonly equity: number;
  /** Tick of each round trip's entry and exit fill. */
  readonly entries: BigInt64Array;
  readonly exits: BigInt64Array;
}

export type ReferenceLoop = (bars: BarColumns, length: number) => LoopResult;

const FEE = 0.001;
const SLIPPAGE = 0.0002;
const SHARE = 0.95;
const CAPITAL = 10_000;

/** Why the loop cannot be had here; `undefined` when it can. */
export function whyNoLoop(): string | undefined {
  if (!existsSync(SOURCE)) return 'no ../shared/bench/reference_loop.c';
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch (error) {
    return `no gcc (${error instanceof Error ? error.message : String(error)})`;
  }
}

export async function loadReferenceLoop(): Promise<ReferenceLoop> {
  const library = join(mkdtempSync(join(tmpdir(), 'vela-bench-')), 'reference_loop.so');
  execFileSync('gcc', ['-O3', '-march=native', '-fopenmp', '-shared', '-fPIC', SOURCE, '-o', library]);
  const koffi = (await import('koffi')).default;
  koffi.struct('res_t', { equity: 'double', trades: 'int64_t' });
  const ref = koffi
    .load(library)
    .func(
      'void ref(int64_t n, double *o, double *h, double *l, double *c, double fee, double slip, double frac, ' +
        'double cash, _Inout_ double *eq, _Inout_ int64_t *te, _Inout_ int64_t *tx, _Out_ res_t *r)',
    );
  return (bars, length) => {
    const equity = new Float64Array(length);
    const entries = new BigInt64Array(length);
    const exits = new BigInt64Array(length);
    const result = { equity: 0, trades: 0 };
    ref(
      length,
      bars.open,
      bars.high,
      bars.low,
      bars.close,
      FEE,
      SLIPPAGE,
      SHARE,
      CAPITAL,
      equity,
      entries,
      exits,
      result,
    );
    return { trades: Number(result.trades), equity: result.equity, entries, exits };
  };
}

/** Runs a command line in this process and keeps what it says; and small files for it to read. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { Interrupted } from '../../cli/errors.ts';
import { runProgram } from '../../cli/program.ts';
import { plainPaint, type Terminal } from '../../cli/terminal.ts';
import { simulateBars } from '../../runtime/data/simulate.ts';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly log: string;
}

/** A folder of its own for the tests of a file, removed when they are done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vela-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** `compiling: 1.5 s`: said of a step when the machine is slow; what a command says must not depend on that here. */
const SLOW_STEP = /^[a-z ]+: \d+\.\d s\n$/;

/** `interruptAt`: how many checkpoints pass before Ctrl-C. */
export async function vela(
  folder: string,
  words: readonly string[],
  interruptAt = Number.POSITIVE_INFINITY,
  environment: Terminal['environment'] = { VELA_CACHE: '' },
): Promise<Said> {
  let out = '';
  let log = '';
  let passed = 0;
  const terminal: Terminal = {
    out: text => {
      out += text;
    },
    log: text => {
      if (!SLOW_STEP.test(text)) log += text;
    },
    outPaint: plainPaint,
    logPaint: plainPaint,
    interactive: false,
    columns: 100,
    environment,
    checkpoint: async () => {
      if (passed++ >= interruptAt) throw new Interrupted();
    },
  };
  process.chdir(folder);
  const code = await runProgram(words, terminal);
  return { code, out, log };
}

export const HOUR_MS = 3_600_000;

/** Hourly candles as a CSV file, from 2022-01-01; simulated, so the tests need no file of anyone's. */
export function writeCandles(path: string, bars: number, seed = 11): string {
  const series = simulateBars({ seed, bars, periodMs: HOUR_MS });
  const rows = Array.from({ length: series.length }, (_, i) =>
    [series.times, series.open, series.high, series.low, series.close, series.volume]
      .map(column => column[i])
      .join(','),
  );
  writeFileSync(path, `time,open,high,low,close,volume\n${rows.join('\n')}\n`);
  return path;
}

export const CROSS = `strategy "Cross"

instrument "BTC/USDT" on binance
every 1h

## Look-back of the quick average.
param fast: bars = 10 in 5..60 step 5
param slow: bars = 40 in 20..300 step 20
param share: ratio = 95% in 10%..100%
require fast < slow

let quick = sma(close, fast)
let trend = sma(close, slow)

when quick crosses above trend enter long { size: share of equity }
when quick crosses below trend exit

execution { fill: next_open  fee: 10bp  slippage: 2bp }
plot quick, trend on price
`;

export const BROKEN = CROSS.replace('crosses above trend enter', 'crosses above trnd enter').replace(
  'sma(close, slow)',
  'sma(close, slw)',
);

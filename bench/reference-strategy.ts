/**
 * The reference strategy, written in Vela and run with account and journal, against the same job as a hand-written loop in
 * C. Ours includes kernel, engine and the journal's hash; loading and compiling are measured elsewhere. Times are the best of
 * interleaved runs on both sides.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileProgram, openKernelRun, type Plan } from '../compiler/index.ts';
import { check } from '../language/check/check.ts';
import { parse } from '../language/syntax/parse.ts';
import { runPlan } from '../runtime/backtest.ts';
import type { MarketSeries } from '../runtime/data/series.ts';
import type { RunResult } from '../runtime/engine/result.ts';
import { laneOf } from '../runtime/lane.ts';
import { librarySources } from '../stdlib/library.ts';
import { type LoopResult, loadReferenceLoop, whyNoLoop } from './c-loop.ts';
import { type Benchmark, fastest, type Measure, type Skipped } from './measure.ts';
import { contiguous, loadMinutes, whyNoMinutes } from './reference-market.ts';

const NAME = 'reference strategy';
const CHECKED_BARS = 200_000;
const EXPECTED_TRADES = 1345;
const MOVED_AT_MOST = 3;

export function compileReference(): Plan {
  const name = 'reference.vela';
  const text = readFileSync(join(import.meta.dirname, name), 'utf8');
  const library = librarySources().map(source => parse(source).tree);
  return compileProgram(check(parse({ name, text, form: 'vela' }).tree, { library }));
}

export function runReference(plan: Plan, series: MarketSeries): RunResult {
  return runPlan(openKernelRun(plan, {}, laneOf(series), [{ contract: 1 }]), series, { capital: 10_000 });
}

async function run(): Promise<readonly (Measure | Skipped)[]> {
  const why = whyNoMinutes() ?? whyNoLoop();
  if (why !== undefined) return [{ name: NAME, skipped: why }];
  const loop = await loadReferenceLoop();
  const bars = await loadMinutes();
  const plan = compileReference();
  const moved = agree(runReference(plan, contiguous(bars, CHECKED_BARS)), loop(bars, CHECKED_BARS));

  const series = contiguous(bars, bars.length);
  const lane = laneOf(series);
  let account = Number.POSITIVE_INFINITY;
  const [ours, theirs, market] = await fastest([
    () => runReference(plan, series),
    () => loop(bars, bars.length),
    () => {
      const kernel = openKernelRun(plan, {}, lane, [{ contract: 1 }]);
      while (kernel.nextBlock());
    },
    () => {
      account = Math.min(account, accountPartMs(plan, series));
    },
  ]);
  const perBar = (ms: number) => (1e6 * ms) / bars.length;
  return [
    {
      name: NAME,
      ours: perBar(ours),
      other: perBar(theirs),
      unit: 'ns a bar',
      against: 'gcc -O3 -march=native',
      atMost: 4,
      notes: [
        `the same ${EXPECTED_TRADES} trades on the first ${CHECKED_BARS} bars, ${moved} of them a bar apart`,
        `where it goes: market part of the kernel ${perBar(market).toFixed(1)}, account part ` +
          `${perBar(account).toFixed(1)}, engine and journal ${perBar(ours - market - account).toFixed(1)} ns a bar`,
      ],
    },
  ];
}

/** The account part alone, in ranges, as the engine runs it where nothing happens. */
function accountPartMs(plan: Plan, series: MarketSeries): number {
  const kernel = openKernelRun(plan, {}, laneOf(series), [{ contract: 1 }]);
  let total = 0;
  while (kernel.nextBlock()) {
    const start = performance.now();
    const end = kernel.blockStart + kernel.blockLength;
    for (let tick = kernel.blockStart; tick < end; ) tick += kernel.step(tick, end - tick);
    total += performance.now() - start;
  }
  return total;
}

/**
 * Both must have made the same trades, or the times compare nothing. The C loop keeps its sums by adding and removing, so
 * its last bits drift, and an average may meet another a bar earlier or later: such trades are counted, and few.
 */
function agree({ trades }: RunResult, loop: LoopResult): number {
  const closed = trades.filter(trade => !trade.open);
  if (closed.length !== EXPECTED_TRADES || loop.trades !== EXPECTED_TRADES) {
    throw new Error(`${EXPECTED_TRADES} trades expected; ours ${closed.length}, C ${loop.trades}`);
  }
  const moved = closed.filter(
    (trade, i) => trade.entryTick !== Number(loop.entries[i]) || trade.exitTick !== Number(loop.exits[i]),
  );
  if (moved.length > MOVED_AT_MOST) throw new Error(`${moved.length} trades on other bars than the C loop's`);
  return moved.length;
}

export const referenceStrategy: Benchmark = {
  name: 'reference',
  about: 'the reference strategy on 2.1 million minutes, with account and journal, against a C loop',
  run,
};

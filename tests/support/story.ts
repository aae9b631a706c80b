/**
 * A story: a strategy's text and a dozen bars written by hand, through the whole product (text, checker, compiler, kernel,
 * engine, journal). Each story is told five ways, by the kernel that jumps, the kernel that visits every bar, the kernel
 * with its streams watched, the kernel in blocks of three bars and the interpreter; all must agree to the bit.
 *
 * One line a bar, tick 0 first, at 2024-01-01 00:00 UTC (a Monday) and on:
 *
 *   100                    opens, trades and closes at 100
 *   100 104 97 101         open, high, low, close
 *   100 !2                 a bar of volume 2: `when volume == 2 …` is how a story gives its signals; without one it is 0
 *   -                      no bar exists here
 *   100 m=90               its mark price; `m=100/101/90/95` for four of them
 *   100 f=0.01             a funding settlement at its open; `fi=0.01` in its middle
 */

import type { OpenRun } from '../../compiler/bind.ts';
import { compileProgram, type InstrumentMeta, interpretRun, openKernelRun } from '../../compiler/index.ts';
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { Plan } from '../../compiler/plan.ts';
import { runPlan } from '../../runtime/backtest.ts';
import { assembleMarket } from '../../runtime/data/assemble.ts';
import { findHoles } from '../../runtime/data/gaps.ts';
import type { ImportedBars } from '../../runtime/data/import.ts';
import type { MarketFacts, MarketSeries } from '../../runtime/data/series.ts';
import type { RunResult } from '../../runtime/engine/result.ts';
import type { RunConfig } from '../../runtime/engine/settings.ts';
import { valueAt } from '../../runtime/engine/values.ts';
import { type JournalRecord, readJournal } from '../../runtime/journal/reader.ts';
import { laneOf, metaOf } from '../../runtime/lane.ts';
import { checkText } from './language.ts';

export const START_MS = Date.UTC(2024, 0, 1);

export interface Story {
  /** Rules, risk, execution, streams; the lines that name strategy, instrument and clock are put in front. */
  readonly strategy: string;
  readonly bars: string;
  /** Length of a bar in hours: 1 unless stated. */
  readonly hours?: number;
  readonly perpetual?: boolean;
  readonly gaps?: 'hold' | 'absent' | 'fail';
  readonly capital?: number;
  readonly facts?: Partial<MarketFacts>;
  readonly fromTick?: number;
  readonly bothHit?: 'worst' | 'best';
  readonly params?: Readonly<Record<string, number>>;
  /** Expressions shown at each tick. */
  readonly watch?: readonly string[];
}

export interface Told {
  /** `tick side quantity@price reason`, with `fee` and `slip` where there are any. */
  readonly fills: readonly string[];
  /** `side first-last n bars profit reason`. */
  readonly trades: readonly string[];
  /** At each close, rounded like every number here to six decimals. */
  readonly equity: readonly number[];
  readonly journal: readonly string[];
  /** Of each watched expression its value at each tick; true is 1, absent NaN. */
  readonly seen: Readonly<Record<string, readonly number[]>>;
  readonly counts: RunResult['counts'];
  readonly result: RunResult;
  readonly plan: Plan;
  readonly series: MarketSeries;
}

export function tell(story: Story): Told {
  const { watch = [] } = story;
  const plan = planOf(story);
  const series = marketOf(story, plan);
  const play = (how: Way, recorded?: Recording): RunResult => playPlan(how.plan ?? plan, series, story, how, recorded);
  const result = play({ open: openKernelRun });
  agree('visiting every tick', result, play({ open: openKernelRun, visitEveryTick: true }));
  agree('small blocks', result, play({ open: openKernelRun, blockTicks: 3 }));
  agree('the interpreter', result, play({ open: interpretRun }));
  const recorded: Recording = watch.map(() => []);
  if (watch.length > 0) {
    const watched = planOf(story, watch);
    const others = play({ plan: watched, open: openKernelRun, visitEveryTick: true }, recorded);
    agree('watching', result, others);
  }
  const { records } = readJournal(result.journal);
  return {
    fills: result.fills.map(fillLine),
    trades: result.trades.map(tradeLine),
    equity: Array.from(result.equity, round),
    journal: records.map(recordLine),
    seen: Object.fromEntries(watch.map((expression, index) => [expression, recorded[index] ?? []])),
    counts: result.counts,
    result,
    plan,
    series,
  };
}

type Recording = number[][];

interface Way {
  readonly plan?: Plan;
  readonly open: OpenRun;
  readonly visitEveryTick?: boolean;
  readonly blockTicks?: number;
}

function playPlan(plan: Plan, series: MarketSeries, story: Story, way: Way, recorded?: Recording): RunResult {
  const { params = {}, fromTick, bothHit, capital } = story;
  const facts = factsOf(story);
  const meta: readonly InstrumentMeta[] = [facts === undefined ? {} : metaOf(facts)];
  const options = way.blockTicks === undefined ? {} : { blockTicks: way.blockTicks };
  const run = way.open(plan, params, laneOf(series), meta, options);
  const config: RunConfig = {
    params,
    visitEveryTick: way.visitEveryTick ?? false,
    ...(facts !== undefined && { facts }),
    ...(fromTick !== undefined && { fromTick }),
    ...(bothHit !== undefined && { bothHit }),
    ...(capital !== undefined && { capital }),
  };
  return runPlan(recorded === undefined ? run : watching(run, recorded), series, config);
}

/** A run that writes down its watches at each tick. */
function watching(run: PlanRun, recorded: Recording): PlanRun {
  const note = (tick: number): void => {
    for (const [index, { value }] of run.plan.watches.entries()) {
      const column = recorded[index];
      if (column !== undefined) column[tick] = round(valueAt(run, value, tick));
    }
  };
  return new Proxy(run, {
    get(target, key) {
      if (key === 'nextBlock') {
        return () => {
          const more = target.nextBlock();
          if (more && !target.hasAccountPart) {
            for (let i = 0; i < target.blockLength; i++) note(target.blockStart + i);
          }
          return more;
        };
      }
      if (key === 'step') {
        return (tick: number, count: number) => {
          const done = target.step(tick, count);
          // Of several ticks in one call (before the first traded one) only the last can be seen.
          for (const column of recorded) column.push(...Array.from({ length: done - 1 }, () => Number.NaN));
          note(tick + done - 1);
          return done;
        };
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function agree(what: string, first: RunResult, second: RunResult): void {
  const differ = (name: string, a: unknown, b: unknown): void => {
    if (JSON.stringify(a) !== JSON.stringify(b))
      throw new Error(`${what} changed ${name}: ${JSON.stringify(a)} → ${JSON.stringify(b)}`);
  };
  differ('the fills', first.fills, second.fills);
  differ('the equity', [...first.equity], [...second.equity]);
  differ('the counts', first.counts, second.counts);
  differ('the time in the market', first.ticksInMarket, second.ticksInMarket);
  differ(
    'the journal',
    readJournal(first.journal).records.map(recordLine),
    readJournal(second.journal).records.map(recordLine),
  );
  if (first.journal.length !== second.journal.length || first.journal.some((byte, i) => byte !== second.journal[i]))
    throw new Error(`${what} changed the bytes of the journal`);
}

// ---------------------------------------------------------------- text and bars

export function textOf({ strategy, perpetual, gaps, hours = 1 }: Story, watch: readonly string[] = []): string {
  const symbol = perpetual ? 'AAA/USDT:USDT' : 'AAA/USDT';
  const every = hours % 24 === 0 ? `${hours / 24}d` : `${hours}h`;
  const lets = watch.map((expression, index) => `let watched_${index} = ${expression}`);
  const policy = gaps === undefined ? '' : ` { gaps: ${gaps} }`;
  return [`strategy "Story"\ninstrument "${symbol}" on binance${policy}\nevery ${every}`, strategy, ...lets].join('\n');
}

export function planOf(story: Story, watch: readonly string[] = []): Plan {
  const { program, diagnostics } = checkText(textOf(story, watch));
  const errors = diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ code, message }) => `${code} ${message}`);
  if (errors.length > 0) throw new Error(errors.join('\n'));
  return compileProgram(
    program,
    watch.map((_, index) => `watched_${index}`),
  );
}

interface Row {
  readonly prices: readonly number[] | undefined;
  readonly volume: number;
  readonly mark: readonly number[] | undefined;
  readonly funding: readonly { readonly afterMs: number; readonly rate: number }[];
}

function rowsOf(bars: string, barMs: number): readonly Row[] {
  const lines = bars
    .split('\n')
    .map(line => line.replace(/#.*/, '').trim())
    .filter(line => line !== '');
  return lines.map(line => {
    const words = line.split(/\s+/);
    const prices = words.filter(word => /^[\d.]+$/.test(word)).map(Number);
    const named = (name: string) => words.find(word => word.startsWith(name))?.slice(name.length);
    const settled = (name: string, afterMs: number) => {
      const rate = named(name);
      return rate === undefined ? [] : [{ afterMs, rate: Number(rate) }];
    };
    const mark = named('m=')?.split('/').map(Number);
    return {
      prices: words[0] === '-' ? undefined : fourOf(prices, line),
      volume: Number(named('!') ?? 0),
      mark: mark && fourOf(mark, line),
      funding: [...settled('f=', 0), ...settled('fi=', barMs / 2)],
    };
  });
}

function fourOf(prices: readonly number[], line: string): readonly number[] {
  const [only] = prices;
  if (prices.length === 4) return prices;
  if (prices.length === 1 && only !== undefined) return [only, only, only, only];
  throw new Error(`a bar has one price or four: ${line}`);
}

function factsOf({ facts }: Story): MarketFacts | undefined {
  return facts && { maintenance: 0.005, source: 'story', ...facts };
}

export function marketOf(story: Story, plan: Plan): MarketSeries {
  const [instrument] = plan.instruments;
  if (instrument === undefined) throw new Error('a story has an instrument');
  const barMs = (story.hours ?? 1) * 3_600_000;
  const rows = rowsOf(story.bars, barMs);
  const times = rows.map((_, tick) => START_MS + tick * barMs);
  const bars = importedOf(
    rows.flatMap(({ prices, volume }, tick) => (prices ? [[times[tick] ?? 0, ...prices, volume]] : [])),
    barMs,
  );
  const marks = rows.flatMap(({ prices, mark }, tick) => {
    const four = mark ?? prices;
    return four ? [[times[tick] ?? 0, ...four, 0]] : [];
  });
  const series = assembleMarket({
    instrument,
    clocks: plan.clocks.map(({ period }) => period),
    bars,
    ...(rows.some(({ mark }) => mark !== undefined) && { mark: importedOf(marks, barMs) }),
  });
  if (!story.perpetual) return series;
  const events = rows.flatMap(({ funding }, tick) =>
    funding.map(({ afterMs, rate }) => ({ time: (times[tick] ?? 0) + afterMs, rate })),
  );
  const funding = {
    times: Float64Array.from(events, ({ time }) => time),
    rates: Float64Array.from(events, ({ rate }) => rate),
    hash: 'story',
  };
  return { ...series, funding };
}

function importedOf(rows: readonly (readonly number[])[], periodMs: number): ImportedBars {
  const column = (index: number) => Float64Array.from(rows, row => row[index] ?? Number.NaN);
  const times = column(0);
  return {
    times,
    open: column(1),
    high: column(2),
    low: column(3),
    close: column(4),
    volume: column(5),
    periodMs,
    length: rows.length,
    hash: JSON.stringify(rows),
    files: ['story'],
    counts: { duplicates: 0, offGrid: 0, ohlcViolations: 0, zeroVolume: 0, unfinishedLast: false },
    holes: findHoles(times, rows.length, periodMs),
  };
}

// ---------------------------------------------------------------- words

export function round(value: number): number {
  const rounded = Math.round(value * 1e6) / 1e6;
  return rounded === 0 ? 0 : rounded;
}

function extra(name: string, value: number): string {
  return round(value) === 0 ? '' : ` ${name} ${round(value)}`;
}

function fillLine({ tick, side, quantity, price, reason, fee, slippage, maker }: RunResult['fills'][number]): string {
  const costs = `${extra('fee', fee)}${extra('slip', slippage)}${maker ? ' maker' : ''}`;
  return `${tick} ${side} ${round(quantity)}@${round(price)} ${reason}${costs}`;
}

function tradeLine({ side, entryTick, exitTick, bars, profit, reason, open }: RunResult['trades'][number]): string {
  return `${side} ${entryTick}-${exitTick} ${bars} bars ${round(profit)} ${reason}${open ? ' open' : ''}`;
}

function recordLine(record: JournalRecord): string {
  const { kind, tick } = record;
  switch (record.kind) {
    case 'intent': {
      const price = record.price === undefined ? '' : `@${round(record.price)}`;
      const { order, role, side, type, rule, quantity, reference } = record;
      return `${tick} intent #${order} ${role} ${side} ${type} ${round(quantity)}${price} near ${round(reference)} rule ${rule}`;
    }
    case 'gone':
      return `${tick} ${record.why} #${record.order}`;
    case 'fill': {
      const name = record.order >= 2 ** 30 ? 'bracket' : `#${record.order}`;
      const { side, quantity, price, reason, moment, maker, fee, slippage } = record;
      const costs = `${extra('fee', fee)}${extra('slip', slippage)}${maker ? ' maker' : ''}`;
      return `${tick} fill ${name} ${side} ${round(quantity)}@${round(price)} ${reason} ${moment}${costs}`;
    }
    case 'cut':
      return `${tick} cut #${record.order} ${round(record.asked)} to ${round(record.given)}`;
    case 'refusal':
      return `${tick} refused ${record.reason} rule ${record.rule}`;
    case 'levels': {
      const hold = record.holdBars === undefined ? '' : ` hold ${record.holdBars}`;
      return `${tick} levels${record.stop === undefined ? '' : ` stop ${round(record.stop)}`}${hold}`;
    }
    case 'target':
      return `${tick} target ${record.part} ${round(record.quantity)}@${record.price === undefined ? 'none' : round(record.price)}`;
    case 'funding':
      return `${tick} funding ${record.rate} at ${round(record.price)}: ${round(record.amount)}`;
    case 'income':
      return `${tick} ${record.of} ${round(record.amount)}`;
    case 'liquidation':
      return `${tick} liquidation level ${round(record.level)} price ${round(record.price)} ${record.moment}`;
    case 'halt':
      return `${tick} halt ${record.cause}${record.flattens ? ' flatten' : ''}`;
    case 'resume':
      return `${tick} ${kind}`;
  }
}

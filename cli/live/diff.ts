/** `vela diff`: a run against a backtest over the bars that it consumed. */
import { existsSync } from 'node:fs';
import { openKernelRun } from '../../compiler/kernel/instance.ts';
import type { Plan } from '../../compiler/plan.ts';
import { decodePlan } from '../../compiler/plan-file.ts';
import { openTimeOf, ordinalAt } from '../../language/check/calendar.ts';
import { defaultCacheDir } from '../../runtime/data/cache.ts';
import type { PlacedSeries } from '../../runtime/data/market-set.ts';
import { dataOf, metaOf, setFrom } from '../../runtime/lane.ts';
import { decode } from '../../runtime/live/codec.ts';
import { type Divergence, divergenceOf } from '../../runtime/live/divergence.ts';
import type { RunFolder } from '../../runtime/live/folder.ts';
import { journaledPredictions } from '../../runtime/live/models/journaled.ts';
import type { SplitCause } from '../../runtime/live/profit-split.ts';
import { JournalDatabase } from '../../runtime/live/store/database.ts';
import type { Input, Row, RunBinding } from '../../runtime/live/store/rows.ts';
import { formatNumber } from '../../runtime/report/format.ts';
import { type LoadRequest, loadFor } from '../backtest/load.ts';
import { CommandError } from '../errors.ts';
import { isoInstant } from '../json.ts';
import type { Paint, Terminal } from '../terminal.ts';

/** Candles that a person holds for right: as `vela backtest` takes them. */
export interface GivenCandles extends Pick<LoadRequest, 'data' | 'mark' | 'funding'> {
  readonly environment: Terminal['environment'];
}

export async function runDiff({ path, journal }: RunFolder, candles?: GivenCandles): Promise<Divergence> {
  const none = () => new CommandError('no-run', `${path} holds no journal`, { help: 'name the state folder of a run' });
  if (!existsSync(journal)) throw none();
  const database = new JournalDatabase(journal, { readOnly: true });
  try {
    const [binding, bytes] = [database.binding(), database.plan()];
    if (binding === undefined || bytes === undefined) throw none();
    const plan = decodePlan(bytes);
    const given = candles && (await membersOf(plan, binding, database.rowsBack(), candles));
    return divergenceOf({
      binding,
      rows: database.rows(),
      clocks: plan.clocks,
      instruments: plan.instruments,
      open: (set, factsOf, inputs) => {
        const metas = plan.instruments.map(({ symbol }) => metaOf(factsOf(symbol)));
        // What models said is part of the journal: no model is asked again.
        const said = journaledPredictions(plan, set.members[0]?.clocks ?? [], inputs);
        return openKernelRun(plan, binding.params, dataOf(set, said), metas);
      },
      ...(given !== undefined && { given }),
    });
  } finally {
    database.abandon();
  }
}

/** The candles over the time of the run, from its first bar on. */
async function membersOf(
  plan: Plan,
  { firstMs }: RunBinding,
  rowsBack: Iterable<Row>,
  { data, mark, funding, environment }: GivenCandles,
): Promise<readonly PlacedSeries[]> {
  const cacheDir = (await defaultCacheDir(environment)) ?? false;
  const whole = await loadFor(plan, { data, mark, funding, cacheDir });
  const base = whole.members[0]?.clocks[0];
  if (base === undefined) throw new CommandError('no-instrument', 'the strategy names no instrument');
  const openOf = (tick: number) => openTimeOf(base.period, base.firstOrdinal + tick);
  const lastMs = lastBarMs(rowsBack) ?? firstMs;
  if (openOf(0) > firstMs || openOf(base.length - 1) < lastMs) {
    throw new CommandError('empty-span', 'the candles do not cover the bars of the run', {
      help: `give candles from ${isoInstant(firstMs)} to ${isoInstant(lastMs)}`,
    });
  }
  return setFrom(whole, ordinalAt(base.period, firstMs) - base.firstOrdinal).members;
}

function lastBarMs(rowsBack: Iterable<Row>): number | undefined {
  for (const { kind, body } of rowsBack) {
    if (kind !== 'input') continue;
    const input = decode<Input>(body);
    if (input.type === 'bar') return input.bar.openMs;
    if (input.type === 'missing') return input.openMs;
  }
  return undefined;
}

export function diffText({ bars, records, first, profit }: Divergence, folder: string, paint: Paint): string {
  const profits = profit === undefined ? [] : profitLines(profit);
  if (first === undefined) {
    return [`${paint('green', 'identical')}  ${folder}: ${bars} bars, ${records[0]} records\n`, ...profits].join('');
  }
  const line = (name: string, record: object | undefined) =>
    `  ${name.padEnd(8)}  ${record === undefined ? 'nothing' : JSON.stringify(record)}\n`;
  return [
    `${paint('red', 'different')}  ${folder}: first at ${isoInstant(first.timeMs)} (bar ${first.tick}, record ${first.index}): ${first.cause}\n`,
    line('run', first.run),
    line('backtest', first.backtest),
    ...profits,
  ].join('');
}

/** What each cause made of the difference, the largest first; those that made nothing of it are left out. */
function profitLines({ run, backtest, split }: NonNullable<Divergence['profit']>): readonly string[] {
  const amount = (value: number) => `${value > 0 ? '+' : ''}${formatNumber(value, 2)}`;
  const causes = Object.entries(split)
    .filter(([, value]) => !(Math.abs(value) < 0.005))
    .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a));
  return [
    `  profit    run ${formatNumber(run, 2)}, backtest ${formatNumber(backtest, 2)}: ${amount(run - backtest)}\n`,
    ...causes.map(
      ([cause, value]) => `    ${cause.padEnd(8)}${amount(value).padStart(14)}  ${CAUSES[cause as SplitCause]}\n`,
    ),
  ];
}

const CAUSES: Readonly<Record<SplitCause, string>> = {
  data: 'other bars than the backtest was given',
  signal: 'decisions that only one of them took',
  fill: 'price and quantity of what both decided',
  fee: 'fees',
  latency: 'what the market moved until the order was there; bars that came too late to decide on',
  halt: 'entries that a person, a limit or a trouble kept it from',
  other: 'funding, interest, corrections by hand',
};

/** `when … alert "text"` in a run: told once when it becomes true, of bars that are in time. */
import { describe, expect, it } from 'vitest';
import { openKernelRun } from '../../../compiler/index.ts';
import { laneOf, metaOf } from '../../../runtime/lane.ts';
import { ANNOUNCED } from '../../../runtime/live/announcements.ts';
import type { Notice } from '../../../runtime/live/run.ts';
import { fleetingMemory } from '../../../runtime/live/simulated/memory.ts';
import { NO_ROWS, type SimulatedRun } from '../../../runtime/live/simulated-run.ts';
import type { Row } from '../../../runtime/live/store/rows.ts';
import { busySeries } from './busy.ts';
import { compileText, FACTS, replayOf } from './support.ts';

const ALERTING = `strategy "Alerting"

instrument "BTC/USDT" on binance
every 1h

let mean = sma(close, 8)

when close > mean alert "over the mean"
when close crosses above mean enter long { size: 20% of equity  stop: entry * 0.99  hold: 6 bars }
when close crosses below mean exit
when stopped_out alert "stopped out"

execution { fee: 5bp  slippage: 1bp }
`;

interface Told {
  readonly message: string;
  readonly tick: number;
  readonly symbol: string;
}

/** Plays bars from where the rows of a journal end, until there are `diesAt` of them. */
async function announced(bars: number, rows: Row[] = [], memory = fleetingMemory(), diesAt = Number.POSITIVE_INFINITY) {
  const plan = compileText(ALERTING);
  const series = busySeries(plan, bars);
  const told: Told[] = [];
  const end = new AbortController();
  let run: SimulatedRun | undefined;
  const notice = ({ level, what, facts = {} }: Notice) => {
    if (what !== ANNOUNCED || run === undefined) return;
    expect(level).toBe('warning');
    const { message, symbol } = facts;
    told.push({ message: String(message), tick: run.trader.live.length - 1, symbol: String(symbol) });
  };
  const sink = {
    ...NO_ROWS,
    append: (row: Row) => {
      rows.push(row);
      if (rows.length >= diesAt) end.abort();
    },
  };
  run = replayOf(plan, series, { notice, rows: sink, memory });
  await run.recover([...rows]);
  const from = run.trader.live.length;
  await run.follow(end.signal);
  await run.run.idle();
  return { plan, series, run, told, from };
}

describe('alerts of a strategy', () => {
  it('are told when they become true, and not again while they are', async () => {
    const { plan, series, told } = await announced(300);
    const whole = openKernelRun(plan, {}, laneOf(series), [metaOf(FACTS)]);
    whole.nextBlock();
    const rule = plan.rules.findIndex(({ text }) => text.includes('close > mean'));
    const when = plan.rules[rule]?.when;
    const holds = whole.flags[when?.from === 'flag' ? when.index : -1] ?? new Uint8Array(0);
    const ready = whole.ruleReady[rule] ?? 0;
    const rises = [...holds.keys()].filter(tick => tick > ready && holds[tick] === 1 && holds[tick - 1] === 0);
    const over = told.filter(({ message }) => message === 'over the mean');
    expect(rises.length).toBeGreaterThan(20);
    expect(over.map(({ tick }) => tick)).toEqual(rises);
    expect(new Set(told.map(({ symbol }) => symbol))).toEqual(new Set(['BTC/USDT']));
  });

  it('may be about the account', async () => {
    const { run, told } = await announced(300);
    const stops = run.result().fills.filter(({ reason }) => reason === 'stop');
    const stopped = told.filter(({ message }) => message === 'stopped out').map(({ tick }) => tick);
    expect(stops.length).toBeGreaterThan(0);
    expect(stopped).toEqual([...new Set(stops.map(({ tick }) => tick))]);
  });

  it('are not told again by the process after', async () => {
    const whole = await announced(300);
    const rows: Row[] = [];
    const memory = fleetingMemory();
    const first = await announced(300, rows, memory, 200);
    const second = await announced(300, rows, memory);
    expect(first.told.length).toBeGreaterThan(5);
    expect(second.from).toBe(first.run.trader.live.length);
    // Of the first bar that it sees it does not know what was before.
    const known = whole.told.filter(({ tick }) => tick !== second.from);
    expect([...first.told, ...second.told].filter(({ tick }) => tick !== second.from)).toEqual(known);
  });

  it('are not told of bars that the run was away for', async () => {
    const plan = compileText(ALERTING);
    const told: string[] = [];
    const notice = ({ what }: Notice) => void (what === ANNOUNCED && told.push(what));
    const run = replayOf(plan, busySeries(plan, 300), { notice });
    await run.recover([]);
    run.run.isCatchingUp = true;
    await run.follow(new AbortController().signal);
    expect(told).toEqual([]);
  });
});

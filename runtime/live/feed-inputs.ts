/**
 * What a feed tells, as inputs of a run: bars in order, what is missing between them said, what comes too late marked as such.
 */
import type { TickInput } from './models/forecaster.ts';
import type { FeedEvent, MarkPrices } from './ports.ts';
import type { LiveRun } from './run.ts';
import { type Input, of } from './store/rows.ts';

type FeedInput = Extract<Input, { type: 'bar' | 'missing' | 'funding' }>;

/** Part of its length, and longest time, that a bar may come late. */
const LATE_SHARE = 0.2;
const LONGEST_LATE_MS = 60_000;

/** In the order in which they are to be journaled; what only a person wants to know is told at once. */
export function inputsOf(run: LiveRun, event: FeedEvent): readonly FeedInput[] {
  switch (event.type) {
    case 'bar':
    case 'missing':
      return nextOf(run, event);
    case 'funding': {
      const instrument = instrumentOf(run, event.symbol);
      const { timeMs, rate } = event;
      if (timeMs <= run.lastFundingMs(instrument)) return [];
      return [{ type: 'funding', ...of(instrument), timeMs, rate }];
    }
    case 'ended':
      run.ended = true;
      return [];
    case 'stale':
      run.notice('alert', 'no bar by its deadline', { symbol: event.symbol, dueMs: event.dueMs });
      return [];
    case 'disconnected':
      run.notice('warning', 'feed disconnected', { why: event.why });
      return [];
    case 'reconnected':
      run.notice('info', 'feed reconnected', {}, 'reconnects');
      return [];
    case 'revised': {
      const { symbol, bar } = event;
      run.notice('warning', 'bar revised after it was used', { symbol, openMs: bar.openMs }, 'revisedBars');
      return [];
    }
    case 'clock':
    case 'price':
      return [];
  }
}

/** The next bar of an instrument, or that there is none; what it lacks before that is missing. */
function nextOf(run: LiveRun, event: Extract<FeedEvent, { type: 'bar' | 'missing' }>): readonly TickInput[] {
  const { symbol, receivedMs } = event;
  const instrument = instrumentOf(run, symbol);
  const market = run.parts.trader.live.market(instrument);
  const openMs = event.type === 'bar' ? event.bar.openMs : event.openMs;
  const tick = market.tickOf(openMs);
  if (tick < market.length) {
    run.notice('info', 'bar told twice', { symbol, openMs });
    return [];
  }
  const inputs: TickInput[] = [];
  for (let lost = market.length; lost < tick; lost++) {
    const lostMs = market.openMs(lost);
    run.notice('warning', 'bar missing', { symbol, openMs: lostMs }, 'missingBars');
    inputs.push(missingOf(run, instrument, lostMs, receivedMs));
  }
  if (event.type === 'missing') return [...inputs, missingOf(run, instrument, openMs, receivedMs, event.mark)];
  const late = isLate(run, instrument, openMs, receivedMs);
  return [...inputs, { type: 'bar', ...of(instrument), bar: event.bar, receivedMs, ...(late && { late }) }];
}

/** Where it is the only instrument nothing is decided on a bar that does not exist, late or not. */
function missingOf(run: LiveRun, instrument: number, openMs: number, receivedMs: number, mark?: MarkPrices): TickInput {
  const late = run.parts.binding.symbols.length > 1 && isLate(run, instrument, openMs, receivedMs);
  const missing = { type: 'missing', ...of(instrument), openMs, receivedMs } as const;
  return { ...missing, ...(mark !== undefined && { mark }), ...(late && { late }) };
}

/** A tick whose last bar comes too long after its close moves everything but decides nothing: its price is gone. */
function isLate(run: LiveRun, instrument: number, openMs: number, receivedMs: number): boolean {
  const { live, fromTick } = run.parts.trader;
  const tick = live.tickOf(openMs);
  const lateMs = receivedMs - live.closeMs(tick);
  const longestMs = Math.min(LATE_SHARE * (live.closeMs(tick) - openMs), LONGEST_LATE_MS);
  if (lateMs <= longestMs) return false;
  // Of bars that it missed while it was away it says how many they were, once.
  if (tick >= fromTick && !run.isCatchingUp) {
    const symbol = run.parts.binding.symbols[instrument] ?? '';
    const facts = { symbol, openMs, lateMs: Math.round(lateMs) };
    run.notice('warning', 'late bar, nothing decided on it', facts, 'lateBars');
  }
  return true;
}

function instrumentOf(run: LiveRun, symbol: string): number {
  const instrument = run.parts.binding.symbols.indexOf(symbol);
  if (instrument < 0) throw new RangeError(`a feed tells of ${symbol}, which the run does not have`);
  return instrument;
}

/**
 * The batch scheduler: plays the same events as a run that visits every bar, and jumps over the ticks at which nothing
 * can act. Between two such ticks it books ranges (engine/booking.ts), runs the account part over ranges, and hands the
 * ticks with a signal to the engine; a bar in which an order, a settlement, an expiry or a limit may act is played in full.
 * Jumping cannot be observed: journal and equity have the same bits either way.
 */
import { bookQuiet, createBookmark, goBack, keep } from '../engine/booking.ts';
import { readsAccount } from '../engine/bracket.ts';
import { rememberConditions } from '../engine/decide.ts';
import { decideTick, finishTick, handle, isSettled, markTick, refreshStreams, sync } from '../engine/engine.ts';
import { createSpares } from '../engine/intents.ts';
import { isHeld } from '../engine/market.ts';
import { firesNow, forgetSignals, nextSignal } from '../engine/signals.ts';
import type { Slippage } from '../engine/slippage.ts';
import type { EngineState } from '../engine/state.ts';
import { clearEvents, TICK_STREAMS, writeMoving, writeStreams } from '../engine/streams.ts';
import { hasTriggers, openTriggers, type Triggers } from '../engine/stretch.ts';
import { fillsDirectly, fillWaiting, isFillDue, playDirectly } from './direct.ts';
import { absorb, stepUntil } from './quiet.ts';
import type { SimulatedExchange } from './simulated.ts';

/** Ticks that a position is booked ahead of the account part, which may stop earlier; doubles while it does not. */
const FIRST_STRIDE = 32;
const LONGEST_STRIDE = 4096;

export interface BatchOptions {
  readonly visitEveryTick: boolean;
}

export function runBatch(
  state: EngineState,
  exchange: SimulatedExchange,
  slippage: Slippage,
  { visitEveryTick }: BatchOptions,
): void {
  const { run, fromTick, toTick } = state;
  const readsEachTick = [...run.accountReads].some(field => TICK_STREAMS.has(field));
  const triggers = openTriggers();
  const bookmark = createBookmark();
  const isDirect = !visitEveryTick && fillsDirectly(state);
  // Streams that move show a tick as it was booked, so where they are read the tick of a fill is visited.
  const fillsInPassing = isDirect && !state.readsMoving;
  if (isDirect) state.spares = createSpares();
  let stride = FIRST_STRIDE;

  warmUp(state, slippage);
  let tick = fromTick;
  while (tick < toTick) {
    const end = Math.min(blockEnd(), toTick);
    if (!visitEveryTick && tick < end) {
      tick = fillsInPassing ? playDirectly(state, exchange.fills, tick, end) : jump(tick, end);
    }
    if (tick >= toTick) break;
    visit(tick);
    tick += 1;
  }

  function blockEnd(): number {
    return run.blockStart + run.blockLength;
  }

  /** Plays a bar in full. The kernel computes its tick after the bar's fills, as it would live. */
  function visit(at: number): void {
    if (isDirect) fillWaiting(state, exchange.fills, at);
    else {
      exchange.openBar(at);
      drain();
    }
    if (at >= blockEnd()) {
      loadBlock(state, slippage);
      exchange.fills.beginBlock(at, Math.min(blockEnd(), toTick));
    }
    stride = FIRST_STRIDE;
    if (visitEveryTick || !canPass(at)) {
      markTick(state, at);
      finish(at);
    } else pass(at);
  }

  /** Whether a bar that has been played leaves nothing to decide, as far as can be told before it is stepped. */
  function canPass(at: number): boolean {
    const { bracket, risk, market } = state;
    if (!state.started || state.refusedSince || risk.hasLossCaps || isHeld(market, at) || !isSettled(state))
      return false;
    if (bracket.trail !== undefined || bracket.everyTick || holdTick(at) <= at) return false;
    return nextSignal(state, at, at + 1) > at;
  }

  /** Closes such a bar: marks and steps it, and decides only if the account part saw something. */
  function pass(at: number): void {
    markTick(state, at);
    if (run.hasAccountPart && firesNow(state)) finish(at);
    else {
      absorb(state, at, at + 1);
      state.streamsStale = true;
    }
  }

  /** Decides at the close of a bar that has been marked and stepped. */
  function finish(at: number): void {
    if (isDirect) {
      decideTick(state, at);
      return;
    }
    const commands = finishTick(state, at);
    exchange.closeBar(at);
    exchange.send(commands);
    drain();
  }

  function drain(): void {
    for (let event = exchange.receive(); event !== undefined; event = exchange.receive()) {
      exchange.send(handle(state, event));
    }
  }

  /** Goes from `from` to the next tick that must be visited, or to `end`; all ticks before it are done. */
  function jump(from: number, end: number): number {
    let at = from;
    while (at < end) {
      if (mustVisit()) break;
      const due = Math.min(end, state.risk.nextTick(at - 1), exchange.nextDue(at), holdTick(at));
      if (due <= at) break;
      const signal = nextSignal(state, at, due);
      const reached = advance(at, Math.min(due, signal + 1), signal);
      if (reached === at || (reached === due && due < end)) {
        at = reached;
        break;
      }
      at = reached;
    }
    // What the booking did to the trail becomes an order before the bar is played.
    if (state.bracket.trail !== undefined && state.ledger.position !== 0) exchange.send(sync(state));
    return at;
  }

  function mustVisit(): boolean {
    const { bracket, ledger } = state;
    if (!state.started || state.refusedSince) return true;
    if (state.eventsSet || (isDirect ? isFillDue(state) : exchange.hasMarketOrder)) return true;
    if (ledger.position === 0) return false;
    return bracket.everyTick || (bracket.trail !== undefined && readsAccount(bracket.trail));
  }

  function holdTick(at: number): number {
    const { holdBars } = state.bracket;
    if (state.ledger.position === 0 || Number.isNaN(holdBars)) return Number.POSITIVE_INFINITY;
    return Math.max(at, state.ledger.openTick + Math.ceil(holdBars) - 1);
  }

  /**
   * Books and steps ticks from `from` on, up to `to` at most, and decides at the first with a signal. Returns the first tick
   * that is not done; `from` itself when its bar has to be played. `signal` is a tick at which a signal is known to stand.
   */
  function advance(from: number, to: number, signal: number): number {
    exchange.setTriggers(triggers);
    const isOpen = state.ledger.position !== 0;
    const movesEachTick = readsEachTick && isOpen;
    if (!run.hasAccountPart || (!movesEachTick && !canInterrupt(state, triggers)))
      return advanceFreely(from, to, signal);
    return advanceWatching(from, movesEachTick ? from + 1 : Math.min(to, from + stride), signal, movesEachTick);
  }

  /** Nothing in the account part can hear of the booking, or nothing can interrupt it: one goes first, then the other. */
  function advanceFreely(from: number, to: number, signal: number): number {
    const fired = run.hasAccountPart ? stepUntil(state, from, to) : -1;
    const end = fired >= 0 ? fired + 1 : to;
    const quiet = bookQuiet(state, from, end, triggers);
    const decided = fired >= 0 ? fired : signal;
    return decided < quiet ? decideAt(from, decided) : absorb(state, from, quiet);
  }

  /** Books ahead as far as the prices are quiet, then steps; where the account part fires earlier, the booking goes back. */
  function advanceWatching(from: number, to: number, signal: number, movesEachTick: boolean): number {
    keep(bookmark, state);
    const quiet = bookQuiet(state, from, to, triggers);
    if (movesEachTick && quiet > from) writeMoving(state, quiet, state.ledger.mark);
    const fired = stepUntil(state, from, quiet);
    const decided = fired >= 0 ? fired : signal;
    if (decided >= quiet) {
      stride = Math.min(stride * 2, LONGEST_STRIDE);
      return absorb(state, from, quiet);
    }
    if (decided + 1 < quiet) {
      goBack(bookmark, state);
      bookQuiet(state, from, decided + 1, triggers);
    }
    return decideAt(from, decided);
  }

  /** The tick is booked and stepped and has a signal. */
  function decideAt(from: number, tick: number): number {
    absorb(state, from, tick);
    if (state.bracketsUseStreams) refreshStreams(state, tick);
    finish(tick);
    stride = FIRST_STRIDE;
    return tick + 1;
  }
}

/** Whether a price could end a quiet stretch: an order rests, the position may be liquidated, or a loss limit reached. */
function canInterrupt({ ledger, bracket, risk }: EngineState, triggers: Readonly<Triggers>): boolean {
  return (
    hasTriggers(triggers) ||
    bracket.trail !== undefined ||
    (risk.hasLossCaps && risk.equityFloor(ledger.peak, true) !== Number.NEGATIVE_INFINITY)
  );
}

/** Ticks before the first traded one: the kernel warms up, the account part sees a flat account, pauses are heeded. */
export function warmUp(state: EngineState, slippage: Slippage): void {
  const { run, fromTick } = state;
  clearEvents(state);
  writeStreams(state, fromTick, Number.NaN);
  while (run.blockStart + run.blockLength < fromTick) loadBlock(state, slippage);
  if (run.blockLength > 0 && run.blockStart > fromTick) {
    throw new Error(`the kernel starts at tick ${run.blockStart}, after the first traded one, ${fromTick}`);
  }
}

/** Computes the kernel's next block, when the bar of its first tick has been played. */
export function loadBlock(state: EngineState, slippage: Slippage): void {
  const { run, fromTick } = state;
  if (run.blockLength > 0) slippage.blockEnds(run.blockStart + run.blockLength - 1);
  if (!run.nextBlock()) throw new Error('the kernel has fewer ticks than the market');
  forgetSignals(state);
  const to = Math.min(run.blockStart + run.blockLength, fromTick);
  if (run.blockStart >= to) return;
  if (!run.hasAccountPart) state.risk.watchPauses(run.blockStart, to);
  else {
    for (let tick = run.blockStart; tick < to; ) {
      const done = run.step(tick, to - tick);
      state.risk.watchPauses(tick, tick + done);
      tick += done;
    }
  }
  rememberConditions(state, to - 1);
}

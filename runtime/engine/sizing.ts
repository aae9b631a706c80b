/**
 * From a size to a quantity. It is fixed at the signal tick from a reference price: the close for market orders, otherwise
 * the limit or trigger price. Leverage never multiplies a size, it only sets the margin.
 */
import type { PlanSize } from '../../compiler/plan.ts';
import { type FrozenBracket, levelValue, roundStop, workingStop } from './bracket.ts';
import { cashPerUnit, type Sign } from './costs.ts';
import { reachesNotional, roundToStep } from './decimal.ts';
import { sideOf } from './ledger.ts';
import type { Refusal } from './refusals.ts';
import type { VenueSteps } from './settings.ts';
import type { EngineState } from './state.ts';
import { STREAM, writeStreams } from './streams.ts';
import { valueAt } from './values.ts';

/** A quantity, or why there is none. */
export type Sized = number | Refusal;

const SIZE_REFUSED: Refusal = 'size is not a positive number';

/** The unrounded quantity that a rule asks for. */
export function sizeOf(
  state: EngineState,
  size: PlanSize,
  side: Sign,
  reference: number,
  bracket: FrozenBracket,
  tick: number,
): Sized {
  const { run, ledger } = state;
  const { equity } = ledger;
  const amount = valueAt(run, size.amount, tick);
  if (!(amount > 0) || amount === Number.POSITIVE_INFINITY) return SIZE_REFUSED;
  if (size.basis === 'quantity') return amount;
  if (size.basis === 'notional') return amount / reference;
  if (!(equity > 0)) return 'no equity';
  if (size.basis === 'equity') return (amount * equity) / reference;
  if (size.basis === 'volatility') {
    const quantity = ((amount / valueAt(run, size.deviation, tick)) * equity) / reference;
    return quantity > 0 && Number.isFinite(quantity) ? quantity : SIZE_REFUSED;
  }
  return sizeByRisk(state, amount * equity, side, reference, bracket, tick);
}

/** `money` may be lost between the reference price and the stop that the position would then have. */
function sizeByRisk(
  state: EngineState,
  money: number,
  side: Sign,
  reference: number,
  bracket: FrozenBracket,
  tick: number,
): Sized {
  const stop = stopIfFilled(state, side, reference, bracket, tick);
  if (Number.isNaN(stop)) return 'no stop to size the risk by';
  const distance = side * (reference - stop);
  if (!(distance > 0)) return 'stop on the wrong side or at no distance';
  return money / distance;
}

/** The stop as it would be after a fill at the reference price: `stop(p)`. */
export function stopIfFilled(
  state: EngineState,
  side: Sign,
  reference: number,
  bracket: FrozenBracket,
  tick: number,
): number {
  const { run, ledger, settings } = state;
  if (bracket.stop === undefined) return workingStop(state.bracket, side);
  if (bracket.stop.ref.bracket !== undefined) writeSupposedEntry(state, side, reference);
  const stop = roundStop(side, levelValue(run, bracket.stop, tick), settings.steps.tick);
  if (bracket.stop.ref.bracket !== undefined) writeStreams(state, tick + 1, ledger.mark);
  return stop;
}

/** What a level may read of a position that has just been entered at `price`. How much it holds is what is being asked. */
function writeSupposedEntry({ streams, ledger }: EngineState, side: Sign, price: number): void {
  streams[STREAM.position] = Number.NaN;
  streams[STREAM.side] = side === 1 ? 1 : 2;
  streams[STREAM.entry] = price;
  const grows = sideOf(ledger.position) === side;
  streams[STREAM.firstEntry] = grows ? ledger.firstEntry : price;
  streams[STREAM.lastEntry] = price;
  streams[STREAM.entries] = grows ? ledger.entries + 1 : 1;
  streams[STREAM.barsHeld] = 0;
  streams[STREAM.held] = 0;
  streams[STREAM.best] = price;
  streams[STREAM.worst] = price;
  streams[STREAM.profit] = 0;
}

/** Rounds down to the venue's step; what is then nothing, or too small, is refused. */
export function roundQuantity(quantity: number, reference: number, steps: VenueSteps): Sized {
  const rounded = steps.lot ? roundToStep(quantity, steps.lot, 'down') : quantity;
  if (!(rounded > 0)) return 'rounds to nothing';
  if (steps.minNotional && !reachesNotional(reference, rounded, steps.minNotional)) {
    return 'under the minimum notional';
  }
  return rounded;
}

/** Cash that falls short by less than this, relative, is an artefact of the arithmetic and no reason to cut. */
const CASH_TOLERANCE = 1e-12;

/**
 * What of `quantity` the cash can pay for at a price: all of it, or as much as there is cash for, rounded down. A cut that
 * leaves less than the venue takes leaves nothing.
 */
export function affordable(
  quantity: number,
  cash: number,
  price: number,
  leverage: number,
  feeRate: number,
  steps: VenueSteps,
): number {
  const unit = cashPerUnit(price, leverage, feeRate);
  if (quantity * unit <= cash * (1 + CASH_TOLERANCE)) return quantity;
  if (!(cash > 0)) return 0;
  const cut = roundQuantity(Math.min(quantity, cash / unit), price, steps);
  return typeof cut === 'number' ? cut : 0;
}

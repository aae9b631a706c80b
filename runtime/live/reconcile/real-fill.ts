/**
 * A fill that a venue tells of, as the engine hears it. The simulated exchange says of each fill all that the engine needs; a
 * venue says less and other things: parts of orders, fees in other coins, one trade that closes a position and opens the next.
 */

import { addExactly, reachesNotional, roundToStep } from '../../engine/decimal.ts';
import { type FillEvent, isReducing } from '../../engine/events.ts';
import { quantityGone } from '../../engine/fills.ts';
import type { ActualOrder } from '../../engine/orders.ts';
import type { VenueSteps } from '../../engine/settings.ts';
import type { VenueFill } from '../ports.ts';

/** What a run knows of its orders and of the instrument, before the fill. */
export interface FillContext {
  readonly order: number;
  readonly tick: number;
  /** The order as it works; undefined when it is over, as far as was known. */
  readonly actual: ActualOrder | undefined;
  /** Signed quantity by the ledger. */
  readonly position: number;
  readonly steps: VenueSteps;
  /** Of spot, the coin that is bought; undefined where positions are contracts. */
  readonly base: string | undefined;
  /** The account's. */
  readonly currency: string;
  /** An order that reduces may be of any notional. */
  readonly reducesFreely: boolean;
}

/** Quantities differ by less than this, relative, from the arithmetic alone. */
const SAME = 1e-9;

/** One event, or two where the trade closes what is held and opens more than that. */
export function realFill(fill: VenueFill, context: FillContext): readonly [event: FillEvent, then?: FillEvent] {
  const { position, actual, base } = context;
  const { quantity } = fill;
  const paysInBase = fill.feeCurrency === base;
  const direction = fill.side === 'buy' ? 1 : -1;
  const held = Math.abs(position);
  const closes = position !== 0 && Math.sign(position) === -direction;
  const reduces = actual === undefined || isReducing(actual.order.role);
  const moved = paysInBase ? quantityGone(quantity, fill.fee, direction) : quantity;
  if (!closes || moved <= held * (1 + SAME)) {
    const rest = actual === undefined ? 0 : addExactly(actual.order.quantity, -quantity);
    // What a reversal closes is nothing of the quantity that it opens.
    const isPartial = closes && !reduces ? true : rest > (actual?.order.quantity ?? 0) * SAME;
    return [closes ? closing(fill, context, isPartial) : opening(fill, context, isPartial)];
  }
  // A fee in coins is paid of those that open, so that what closes closes all.
  const closed = { ...share(fill, held), ...(paysInBase && { fee: 0 }) };
  const opened = { ...share(fill, addExactly(quantity, -held)), ...(paysInBase && { fee: fill.fee }) };
  const rest = actual === undefined || reduces ? 0 : addExactly(actual.order.quantity, -opened.quantity);
  return [
    inParts(closing(closed, context, true)),
    inParts(opening(opened, { ...context, position: 0 }, rest > (actual?.order.quantity ?? 0) * SAME)),
  ];
}

/** A part of a fill need not be whole lots: with a fee in coins, be it nothing, quantities are added up to the last digit. */
function inParts(event: FillEvent): FillEvent {
  return { feeQuantity: 0, ...event };
}

/** A part of a fill, with the part of its fee. */
function share(fill: VenueFill, quantity: number): VenueFill {
  return { ...fill, quantity, fee: (fill.fee * quantity) / fill.quantity };
}

function opening(fill: VenueFill, context: FillContext, isPartial: boolean): FillEvent {
  return { ...eventOf(fill, context), ...(isPartial && { partial: true }) };
}

function closing(fill: VenueFill, context: FillContext, isPartial: boolean): FillEvent {
  const event = eventOf(fill, context);
  if (isPartial) return { ...event, partial: true };
  const gone = quantityGone(fill.quantity, event.feeQuantity ?? 0, fill.side === 'buy' ? 1 : -1);
  const left = addExactly(Math.abs(context.position), -gone);
  return { ...event, ...(left > 0 && isDust(left, fill.price, context) && { leavesDust: true }) };
}

/** Whether a quantity that is held is too little for an order. */
export function isDust(
  quantity: number,
  price: number,
  { steps, reducesFreely }: Pick<FillContext, 'steps' | 'reducesFreely'>,
): boolean {
  const whole = steps.lot === undefined ? quantity : roundToStep(quantity, steps.lot, 'down');
  if (!(whole > 0)) return true;
  if (reducesFreely || steps.minNotional === undefined || !(price > 0)) return false;
  return !reachesNotional(price, whole, steps.minNotional);
}

function eventOf(fill: VenueFill, { order, tick, base, currency }: FillContext): FillEvent {
  const { price, quantity, fee, feeCurrency, maker } = fill;
  const common = { type: 'fill', order, tick, moment: 'inside', price, quantity, slippage: 0, maker } as const;
  if (fee === 0 || feeCurrency === currency) return { ...common, fee };
  if (feeCurrency === base) return { ...common, fee: fee * price, feeQuantity: fee };
  return { ...common, fee: 0, feeIn: { currency: feeCurrency, quantity: fee } };
}

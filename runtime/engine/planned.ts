/**
 * Where the stop of an entry would be, if it filled at the price that it was reckoned from. Written down with the wish to
 * enter, so that protection can be put back from the journal alone when the process dies before it hears of the fill.
 */

import { type Bracket, emptyBracket, moveTrail, tighter } from './bracket.ts';
import type { Sign } from './costs.ts';
import type { EntryIntent } from './intents.ts';
import { isOf } from './intents.ts';
import { stopIfFilled } from './sizing.ts';
import type { EngineState } from './state.ts';

/** NaN: the entry brings no stop, or none that is known before it fills. Moves nothing. */
export function plannedStop(state: EngineState, order: number): number {
  const intent = isOf(state.enter, order) ? state.enter : isOf(state.add, order) ? state.add : undefined;
  if (intent === undefined) return Number.NaN;
  const { direction, price } = intent.order;
  const reference = Number.isNaN(price) ? (state.market.bars.close[state.lastTick] ?? Number.NaN) : price;
  // The row of streams is borrowed for the question.
  const streams = state.streams.slice();
  const stop =
    intent.bracket.stop === undefined
      ? Number.NaN
      : stopIfFilled(state, direction, reference, intent.bracket, state.lastTick);
  const trail = trailIfFilled(state, intent, direction, reference);
  state.streams.set(streams);
  const planned = tighter(direction, stop, trail);
  return planned > 0 && Number.isFinite(planned) ? planned : Number.NaN;
}

function trailIfFilled(state: EngineState, { bracket }: EntryIntent, side: Sign, price: number): number {
  if (bracket.trail === undefined) return Number.NaN;
  const supposed: Bracket = { ...emptyBracket(), trail: bracket.trail };
  moveTrail(state.run, supposed, side, { best: price, entry: price }, state.settings.steps.tick, state.lastTick);
  return supposed.trailPrice;
}

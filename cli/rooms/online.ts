/** What a run brings in to trade at a venue: ccxt, in a chunk of its own, since rehearsals need none of it. */

export { dryDocument, dryStart, dryText } from '../live/dry.ts';
export { onlineOf } from '../live/online.ts';

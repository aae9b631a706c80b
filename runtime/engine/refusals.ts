/** Why an order was not made or not filled. A journal stores the position in this list: append, never reorder. */
export const REFUSALS = [
  'no equity',
  'size is not a positive number',
  'no stop to size the risk by',
  'stop on the wrong side or at no distance',
  'rounds to nothing',
  'under the minimum notional',
  'price is not a positive number',
  'not enough cash',
  'cap exposure',
  'cap leverage',
  'cap position',
  'cap daily_loss',
  'cap drawdown',
  'halted',
  'no short selling on spot',
  'an order is in an unknown state',
  'rejected by the venue',
  'cap gross',
  'cap net',
  'cap turnover',
  'cap positions',
  'entries are blocked',
] as const;

export type Refusal = (typeof REFUSALS)[number];

export function refusalCode(refusal: Refusal): number {
  return REFUSALS.indexOf(refusal);
}

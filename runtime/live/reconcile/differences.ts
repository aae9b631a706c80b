/**
 * In what a venue and the books of a run can differ, and what each difference means. Pure: what is done about one is
 * decided here, and carried out by `reconciler.ts`.
 */

import { addExactly } from '../../engine/decimal.ts';

export type DifferenceKind =
  /** It filled, and nobody told. */
  | 'missed fill'
  /** The venue ended an order, and nobody told. */
  | 'missed end'
  /** An order that the run wants no more still works there. */
  | 'lost cancel'
  /** The venue knows nothing of an order that it had taken. */
  | 'vanished order'
  | 'foreign order'
  /** Somebody traded the instrument beside the run. */
  | 'foreign position'
  /** Coins came or went without a trade. */
  | 'deposit'
  | 'withdrawal'
  /** Less than an order can be made of. */
  | 'dust'
  /** The venue did an order of the run twice under one id. */
  | 'order done twice'
  | 'order of another run';

/** What each of them leads to, beside being told. */
export const ANSWERS = {
  'missed fill': { level: 'warning', halts: undefined },
  'missed end': { level: 'warning', halts: undefined },
  'lost cancel': { level: 'warning', halts: undefined },
  'vanished order': { level: 'alert', halts: undefined },
  'foreign order': { level: 'alert', halts: 'foreign' },
  'foreign position': { level: 'alert', halts: 'foreign' },
  deposit: { level: 'info', halts: undefined },
  withdrawal: { level: 'warning', halts: undefined },
  dust: { level: 'info', halts: undefined },
  'order done twice': { level: 'alert', halts: 'foreign' },
  'order of another run': { level: 'alert', halts: 'claimed twice' },
} as const satisfies Readonly<
  Record<
    DifferenceKind,
    { readonly level: 'info' | 'warning' | 'alert'; readonly halts: 'foreign' | 'claimed twice' | undefined }
  >
>;

/** One instrument: what the books say is there, and what the venue says. Signed base quantities. */
export interface Holdings {
  /** The run's own, dust included. */
  readonly ledger: number;
  /** What is known to be there and not the run's. */
  readonly accepted: number;
  readonly venue: number;
  /** What others traded in the instrument since the books last agreed. */
  readonly traded: number;
  /** Coins can come and go without a trade. */
  readonly isSpot: boolean;
  /** Whether a quantity is too little for an order. */
  readonly isDust: (quantity: number) => boolean;
}

export interface HoldingsDifference {
  readonly kind: Extract<DifferenceKind, 'foreign position' | 'deposit' | 'withdrawal' | 'dust'>;
  /** Venue less books. */
  readonly quantity: number;
  /** What is known to be there and not the run's, from now on. */
  readonly accepted: number;
  /** What of the ledger is really there: the smaller of the two, where they are on the same side. */
  readonly own: number;
  /** Entries wait until a person has said whose it is. */
  readonly halts: boolean;
}

/** Quantities differ by less than this from the arithmetic of sums alone. */
const SAME = 1e-9;

/** Undefined when venue and books agree. */
export function compareHoldings(holdings: Holdings): HoldingsDifference | undefined {
  const { ledger, accepted, venue, traded, isSpot, isDust } = holdings;
  // To the last digit: people read it, and it is what they are asked about.
  const quantity = addExactly(addExactly(venue, -accepted), -ledger);
  if (Math.abs(quantity) <= SAME * Math.max(1e-6, Math.abs(venue), Math.abs(ledger), Math.abs(accepted)))
    return undefined;
  if (isDust(Math.abs(quantity))) return { kind: 'dust', quantity, accepted, own: ledger, halts: false };
  if (!isSpot) {
    // On one side only: a contract has one position, in which the run's and the others' are added up.
    return {
      kind: 'foreign position',
      quantity,
      accepted,
      own: smaller(ledger, addExactly(venue, -accepted)),
      halts: true,
    };
  }
  const isTrade = traded !== 0 && !isDust(Math.abs(traded));
  if (quantity > 0) {
    return isTrade
      ? { kind: 'foreign position', quantity, accepted, own: ledger, halts: true }
      : { kind: 'deposit', quantity, accepted: addExactly(accepted, quantity), own: ledger, halts: false };
  }
  // What is missing was the others' first; only what they did not have was the run's.
  const left = Math.max(0, addExactly(accepted, quantity));
  const own = smaller(ledger, addExactly(venue, -left));
  const isShort = ledger - own > SAME * ledger && !isDust(ledger - own);
  if (isTrade) return { kind: 'foreign position', quantity, accepted, own, halts: true };
  return { kind: 'withdrawal', quantity, accepted: left, own: isShort ? own : ledger, halts: isShort };
}

/** The smaller of two positions on one side; nothing where they are on opposite sides. */
export function smaller(a: number, b: number): number {
  if (a === 0 || b === 0 || Math.sign(a) !== Math.sign(b)) return 0;
  return Math.abs(a) < Math.abs(b) ? a : b;
}

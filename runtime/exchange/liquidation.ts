/**
 * Liquidation of a linear perpetual under isolated margin. The margin behind a position of q at entry E is |q|·E over
 * leverage; funding is paid from free cash first and from the margin when there is none left. The venue takes the position
 * over when margin and open loss no longer cover the maintenance, a ratio of the notional at the mark price:
 *
 *   W + q·(m − E) = maintenance · |q| · m
 *
 * Taken over, the position costs its margin, no more and no less: it closes at the price where margin and loss cancel out.
 */
import { freeCash, type Ledger, marginOf, sideOf } from '../engine/ledger.ts';

export interface Liquidation {
  /** Mark price at which the venue steps in: at or below it for a long, at or above it for a short. */
  readonly level: number;
  /** Price at which the position is closed. */
  readonly price: number;
}

/** `undefined` while flat, on spot, and when no price above zero could bring it about. */
export function liquidationOf(ledger: Readonly<Ledger>, maintenance: number): Liquidation | undefined {
  const side = sideOf(ledger.position);
  if (side === 0 || Number.isNaN(maintenance)) return undefined;
  const size = Math.abs(ledger.position);
  const margin = marginOf(ledger) + Math.min(0, freeCash(ledger));
  const price = ledger.entry - (side * margin) / size;
  const level = price / (1 - side * maintenance);
  return level > 0 ? { level, price } : undefined;
}

export function isLiquidated(side: 1 | -1, level: number, mark: number): boolean {
  return side === 1 ? mark <= level : mark >= level;
}

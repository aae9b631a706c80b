/** A venue's own record of an account: moved by what the venue does, by the arithmetic of every ledger. */
import type { EngineEvent, Order } from '../../engine/events.ts';
import {
  charge,
  clearPosition,
  grow,
  heldAfterLess,
  heldAfterMore,
  type Ledger,
  receiveFunding,
  shrink,
} from '../../engine/ledger.ts';
import type { VenueSteps } from '../../engine/settings.ts';
import { closes } from '../../exchange/fill-maker.ts';

/** `order`: the one that filled. */
export function record(account: Ledger, event: EngineEvent, order: Order | undefined, { lot }: VenueSteps): void {
  switch (event.type) {
    case 'fill': {
      if (order === undefined) throw new Error(`a fill of order ${event.order}, which the venue does not have`);
      const { price, quantity, fee, slippage } = event;
      const isClosing = closes(account, order);
      if (!isClosing && account.position === 0) account.mark = price;
      charge(account, fee, slippage, price * quantity);
      if (isClosing) shrink(account, heldAfterLess(account, quantity, lot), price);
      else grow(account, heldAfterMore(account, order.direction * quantity, lot), price);
      break;
    }
    case 'delisted':
      if (event.sale === undefined) return;
      charge(account, event.sale.fee, event.sale.slippage, event.sale.price * event.sale.quantity);
      shrink(account, heldAfterLess(account, event.sale.quantity, lot), event.sale.price);
      break;
    case 'liquidation':
      charge(account, 0, 0, event.price * Math.abs(account.position));
      shrink(account, 0, event.price);
      break;
    case 'funding':
      receiveFunding(account, event.amount);
      break;
    default:
      return;
  }
  if (account.position === 0) clearPosition(account);
}

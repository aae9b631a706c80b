/** How a run stands, for whoever waits for it. */
import type { SessionView } from '../../../../runtime/live/companion.ts';
import { PortfolioTrader } from '../../../../runtime/live/portfolio-trader.ts';
import type { Seen } from './histories.ts';

export function seenOf({ opened: { run, trader } }: SessionView): Seen {
  const positions = trader.run.plan.instruments.map((_, instrument) => {
    const { quantity, dust = 0 } = trader.position(instrument);
    return quantity + dust;
  });
  return {
    consumedMs: trader.live.openMs(trader.live.length),
    orders: trader.orders.map(({ order: { id, role, price, quantity: wanted }, status }) => ({
      clientId: run.clientIds.get(id) ?? '',
      role,
      status,
      price,
      quantity: wanted,
    })),
    positions,
    position: positions[0] ?? Number.NaN,
    isDeciding: trader instanceof PortfolioTrader && trader.settings.members.some(({ order }) => order !== undefined),
    isClosing: trader.guarded?.(0).isClosing === true,
    isStopped: run.stopped,
    blocks: run.blocks.map(({ why }) => why),
    answers: run.books.answers.size,
    balance: trader.account.balance,
  };
}

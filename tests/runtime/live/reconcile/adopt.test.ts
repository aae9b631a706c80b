/** A run that has never traded takes over what a person bought: it knows its price from the bars. */
import { expect, it } from 'vitest';
import { grant } from '../../../../runtime/live/reconcile/grant.ts';
import { amount, number } from '../../../venue/amount.ts';
import { spotVenue } from '../../../venue/start.ts';
import { NOTHING, openDesk, SELL, until } from './support.ts';

it('adopts what was bought by hand before it has traded at all', async () => {
  const local = await spotVenue();
  const desk = await openDesk(local);
  try {
    await desk.bar(NOTHING);
    local.exchange.place({
      symbol: 'BTCUSDT',
      clientId: 'by-hand',
      side: 'buy',
      type: 'market',
      quantity: amount('0.05'),
    });
    await desk.run.reconciler.now();
    const { outcome, text } = await grant(desk.run, { type: 'adopt', symbol: 'BTC/USDT' });
    expect([outcome, text]).toEqual(['done', expect.stringContaining('it has no stop')]);
    expect(desk.position).toBe(0.04995);
    expect(desk.run.guard.degraded).toEqual([]);
    await desk.bar(SELL);
    await until(() => desk.position === 0);
    expect(number(local.exchange.total('BTC'))).toBeCloseTo(0, 12);
  } finally {
    await desk.die();
    await local.close();
  }
});

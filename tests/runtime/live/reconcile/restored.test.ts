/** A journal that was put back from a backup: what was opened after it keeps the stop that protects it. */
import { afterEach, describe, expect, it } from 'vitest';
import { encode } from '../../../../runtime/live/codec.ts';
import { grant } from '../../../../runtime/live/reconcile/grant.ts';
import type { Row } from '../../../../runtime/live/store/rows.ts';
import { number } from '../../../venue/amount.ts';
import { spotVenue, type TestVenue, usdmVenue } from '../../../venue/start.ts';
import { BUY, type Desk, memoryRows, NOTHING, openDesk, PERPETUAL_FACTS, SELL, SPOT_FACTS, until } from './support.ts';

const VENUES = [
  { name: 'spot', open: () => spotVenue(), symbol: 'BTC/USDT', facts: SPOT_FACTS },
  { name: 'USD-M', open: () => usdmVenue(), symbol: 'BTC/USDT:USDT', facts: PERPETUAL_FACTS },
] as const;

/** As `vela restore` makes it. */
const skipped = (seq: number): Row => ({ seq, kind: 'input', body: encode({ type: 'skipped', intents: 1000 }) });

for (const { name, open, symbol, facts } of VENUES) {
  describe(`a journal put back, at ${name}`, () => {
    let local: TestVenue | undefined;
    const desks: Desk[] = [];
    afterEach(async () => {
      for (const desk of desks.splice(0)) await desk.die();
      await local?.close();
    });

    /** A run from a backup that was taken before its entry, which had its stop. */
    async function restored() {
      const venue = await open();
      local = venue;
      const begin = async (rows = memoryRows()) => {
        const desk = await openDesk(venue, { symbol, facts, rows });
        desks.push(desk);
        return desk;
      };
      const rows = memoryRows();
      const first = await begin(rows);
      await first.bar(NOTHING);
      const copy = [...rows.rows];
      await first.bar(BUY);
      await until(() => first.position > 0 && venue.exchange.openOrders('BTCUSDT').length === 1);
      const { position } = first;
      await first.die();
      const old = memoryRows();
      old.rows.push(...copy, skipped(copy.length + 1));
      const desk = await begin(old);
      const stops = () => venue.exchange.openOrders('BTCUSDT').length;
      return { desk, position, stops, venue };
    }

    it('leaves the stop of what it does not know, and waits for a person', async () => {
      const { desk, stops } = await restored();
      expect(stops()).toBe(1);
      expect(desk.told()).toContain('foreign order');
      expect(desk.run.guard.degraded.map(({ code }) => code)).toContain('foreign');
      await desk.bar(BUY);
      await desk.run.reconciler.now();
      expect(desk.position).toBe(0);
      expect(stops()).toBe(1);
    });

    it('released, both are the person’s', async () => {
      const { desk, stops } = await restored();
      expect(await grant(desk.run, { type: 'release', symbol })).toMatchObject({ outcome: 'done' });
      await desk.run.reconciler.now();
      expect(stops()).toBe(1);
      expect(desk.run.guard.degraded).toEqual([]);
    });

    it('adopted, the position is the run’s and the stop stays its stop', async () => {
      const { desk, stops, position, venue } = await restored();
      const { outcome, text } = await grant(desk.run, { type: 'adopt', symbol });
      expect([outcome, text]).toEqual(['done', expect.stringContaining('stays as its stop')]);
      expect(desk.position).toBe(position);
      await desk.run.reconciler.now();
      expect(stops()).toBe(1);
      if (name === 'spot') for (const order of venue.exchange.openOrders('BTCUSDT')) venue.exchange.cancel(order);
      await desk.bar(SELL);
      await until(() => desk.position === 0);
      if (name === 'USD-M') expect(number(venue.exchange.position('BTCUSDT').quantity)).toBe(0);
    });
  });
}

/** What venue and books differ by is said to a person to the last digit, and is what the person is asked about. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareHoldings } from '../../../../runtime/live/reconcile/differences.ts';

/** Of units of 1e-8, as venues count coins. */
const SCALE = 1e8;
const units = fc.integer({ min: 0, max: 2e8 });
const signed = fc.integer({ min: -2e8, max: 2e8 });

describe('the difference of venue and books', () => {
  it('is exact in each of its quantities', () => {
    fc.assert(
      fc.property(units, units, signed, fc.boolean(), fc.boolean(), (ledger, accepted, more, isSpot, isTrade) => {
        const venue = isSpot ? Math.max(0, ledger + accepted + more) : ledger + accepted + more;
        const gone = venue - accepted - ledger;
        const found = compareHoldings({
          ledger: ledger / SCALE,
          accepted: accepted / SCALE,
          venue: venue / SCALE,
          traded: isTrade ? gone / SCALE : 0,
          isSpot,
          isDust: () => false,
        });
        if (gone === 0) {
          expect(found).toBeUndefined();
          return;
        }
        expect(found?.quantity).toBe(gone / SCALE);
        const { accepted: left = Number.NaN, own = Number.NaN } = found ?? {};
        expect(Math.round(left * SCALE) / SCALE).toBe(left);
        expect(Math.round(own * SCALE) / SCALE).toBe(own);
      }),
      { numRuns: 2000, seed: 5 },
    );
  });
});

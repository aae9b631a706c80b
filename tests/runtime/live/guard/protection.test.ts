/** When a position counts as protected, and what is demanded when it is not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Causes } from '../../../../runtime/live/guard/causes.ts';
import {
  DEADLINE_MS,
  type Holding,
  isProtected,
  ProtectionWatch,
  STUCK_MS,
} from '../../../../runtime/live/guard/protection.ts';

const BARE: Holding = { position: 1, stop: 90, stopped: 0, leaving: 0, isExiting: false };
const COVERED: Holding = { ...BARE, stopped: 1 };

describe('a position', () => {
  it('is protected flat, without a wish for a stop, and with a stop of its size', () => {
    expect(isProtected({ ...BARE, position: 0 })).toBe(true);
    expect(isProtected({ ...BARE, stop: Number.NaN })).toBe(true);
    expect(isProtected(COVERED)).toBe(true);
    expect(isProtected({ ...BARE, position: -1, stopped: 1 })).toBe(true);
    expect(isProtected({ ...BARE, stopped: 0.5, leaving: 0.5 })).toBe(true);
    expect(isProtected({ ...BARE, stopped: 0.999 })).toBe(false);
    expect(isProtected(BARE)).toBe(false);
  });
});

describe('the watch', () => {
  it('demands an exit at the deadline, once a second while none is wanted', () => {
    const watch = new ProtectionWatch();
    expect(watch.look(0, BARE, 0)).toBeUndefined();
    expect(watch.look(0, BARE, DEADLINE_MS - 1)).toBeUndefined();
    expect(watch.look(0, BARE, DEADLINE_MS)).toBe('deadline');
    expect(watch.look(0, BARE, DEADLINE_MS + 500)).toBeUndefined();
    expect(watch.look(0, { ...BARE, isExiting: true }, DEADLINE_MS + 2000)).toBeUndefined();
    expect(watch.look(0, BARE, DEADLINE_MS + 2500)).toBe('deadline');
    expect(watch.look(0, COVERED, DEADLINE_MS + 9000)).toBeUndefined();
    expect(watch.look(0, BARE, DEADLINE_MS + 9001)).toBeUndefined();
  });

  it('demands one of a stop that the price has been beyond all the while', () => {
    const watch = new ProtectionWatch();
    watch.priced(0, 89);
    expect(watch.look(0, COVERED, 0)).toBeUndefined();
    watch.priced(0, 91);
    expect(watch.look(0, COVERED, 6000)).toBeUndefined();
    watch.priced(0, 89);
    expect(watch.look(0, COVERED, 7000)).toBeUndefined();
    expect(watch.look(0, COVERED, 7000 + STUCK_MS)).toBe('stuck');
    expect(watch.look(1, COVERED, 7000 + STUCK_MS)).toBeUndefined();
  });

  it('never lets a position be bare for longer than the deadline without a demand', () => {
    const step = fc.record({ ms: fc.integer({ min: 1, max: 2000 }), isBare: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const watch = new ProtectionWatch();
        let now = 0;
        let bareSince = Number.NaN;
        let isDemanded = false;
        for (const { ms, isBare } of steps) {
          now += ms;
          if (!isBare) bareSince = Number.NaN;
          else if (Number.isNaN(bareSince)) [bareSince, isDemanded] = [now, false];
          const demand = watch.look(0, isBare ? BARE : COVERED, now);
          if (demand !== undefined) isDemanded = true;
          expect(demand === undefined || now - bareSince >= DEADLINE_MS).toBe(true);
          if (now - bareSince >= DEADLINE_MS + 1000) expect(isDemanded).toBe(true);
        }
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});

describe('causes', () => {
  it('are told by symbol, keep when they began, and end one by one', () => {
    const causes = new Causes(['BTC/USDT', 'ETH/USDT']);
    expect(causes.add({ cause: 'blind', sinceMs: 1, text: 'banned' })).toBe(true);
    expect(causes.add({ cause: 'not trading', sinceMs: 2, text: 'halted', instrument: 1 })).toBe(true);
    expect(causes.add({ cause: 'blind', sinceMs: 3, text: 'banned again' })).toBe(false);
    expect(causes.degraded).toEqual([
      { code: 'blind', sinceMs: 1, text: 'banned again' },
      { code: 'not trading', sinceMs: 2, text: 'halted', symbol: 'ETH/USDT' },
    ]);
    expect(causes.delete('not trading', undefined)).toBe(false);
    expect(causes.delete('not trading', 1)).toBe(true);
    expect(causes.has('blind')).toBe(true);
  });
});

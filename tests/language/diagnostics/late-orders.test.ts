import { describe, expect, it } from 'vitest';
import { lateOrders } from '../../../language/index.ts';

const instant = (tick: number) => `bar ${tick}`;
const enter = (ready: number) => ({ verb: 'enter', text: 'up', ready });

describe('the first order', () => {
  it('may come within the first tenth of the data unremarked', () => {
    expect(lateOrders([enter(99)], 1000, instant)).toBeUndefined();
    expect(lateOrders([{ verb: 'exit', text: 'down', ready: 999 }], 1000, instant)).toBeUndefined();
    expect(lateOrders([enter(900), enter(5)], 1000, instant)).toBeUndefined();
  });

  it('is said to be late after that', () => {
    expect(lateOrders([enter(400)], 1000, instant)).toMatchObject({
      code: 'W0702',
      message: 'no order is possible before bar 400: `when up` needs 401 of the 1000 bars to warm up',
    });
  });

  it('is said to be impossible where the data end before it', () => {
    expect(lateOrders([enter(1000)], 1000, instant)).toMatchObject({
      code: 'W0701',
      message: 'no order is possible: `when up` needs 1001 bars, and the data have 1000',
    });
    expect(lateOrders([enter(Number.POSITIVE_INFINITY)], 1000, instant)?.code).toBe('W0701');
  });
});

/** What a run keeps of its venue, over months. */
import { describe, expect, it } from 'vitest';
import { Books } from '../../../../runtime/live/reconcile/books.ts';

const FILL = {
  type: 'fill',
  order: 1,
  tick: 0,
  moment: 'inside',
  price: 1,
  quantity: 1,
  slippage: 0,
  maker: false,
  fee: 0,
} as const;

describe('the books of a run', () => {
  it('keep the answers that a process may not have given, and not those of months', () => {
    const books = new Books();
    for (let i = 0; i < 1000; i++) {
      const id = `wish ${i}`;
      const file = { id, by: 'somebody', atMs: i, wish: { type: 'flatten' } } as const;
      books.apply({ type: 'wish', file, answer: { id, outcome: 'done', text: 'closed' } });
    }
    expect(books.answers.size).toBeLessThan(50);
    expect(books.answers.get('wish 999')?.text).toBe('closed');
    const other = new Books();
    other.restore(books.snapshot());
    expect([...other.answers]).toEqual([...books.answers]);
  });

  it('add up fees in a coin that has no price, and convert each of them once', () => {
    const books = new Books();
    let converted = 0;
    const fees = 5000;
    const convert = (key: string, quantity: number) => {
      converted += Math.round(quantity * 1e5);
      const income = { type: 'income', tick: 0, kind: 'fee', amount: -1 } as const;
      books.apply({ type: 'event', event: income, key: `fee of ${key}` });
    };
    for (let i = 0; i < fees; i++) {
      const instrument = i % 2;
      const feeIn = { currency: i % 3 === 0 ? 'ABC' : 'XYZ', quantity: 0.00001 };
      const event = { ...FILL, feeIn, instrument };
      books.apply({ type: 'event', event, key: `fill ${i}`, instrument, atMs: i });
      expect(books.unconverted.size).toBeLessThan(210);
      // Now and then there is a price after all.
      if (i % 1700 === 0) for (const [key, { quantity }] of [...books.unconverted]) convert(key, quantity);
    }
    for (const [key, { quantity }] of [...books.unconverted]) convert(key, quantity);
    expect(converted).toBe(fees);
    expect(books.unconverted.size).toBe(0);
  });
});

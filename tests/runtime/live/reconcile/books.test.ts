/** What a run keeps of its venue, over months. */
import { describe, expect, it } from 'vitest';
import { Books } from '../../../../runtime/live/reconcile/books.ts';

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
});

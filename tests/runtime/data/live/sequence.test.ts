/** Bars are told in order and each once, from whatever is offered. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BarSequence, isSound, type Telling } from '../../../../runtime/data/live/sequence.ts';
import type { LiveBar } from '../../../../runtime/live/ports.ts';

const PERIOD = 60_000;

function bar(index: number, close = 100): LiveBar {
  return { openMs: index * PERIOD, open: 100, high: 110, low: 90, close, volume: 1 };
}

const offers = fc.array(
  fc.record({ index: fc.integer({ min: 0, max: 30 }), isClosed: fc.boolean(), look: fc.boolean() }),
  { maxLength: 120 },
);

test('from any stream, with looks by REST between: in order, none twice, none before it is over', () => {
  fc.assert(
    fc.property(offers, fc.uniqueArray(fc.integer({ min: 0, max: 30 })), (steps, absent) => {
      const sequence = new BarSequence(PERIOD, 0);
      const missing = new Set(absent);
      const told: Telling[] = [];
      let seen = 0;
      for (const { index, isClosed, look } of steps) {
        if (!missing.has(index)) {
          told.push(...sequence.offer(bar(index), isClosed));
          seen = Math.max(seen, isClosed ? index + 1 : index);
        }
        if (!look) continue;
        const listed = Array.from({ length: seen + 1 }, (_, i) => bar(i)).filter((_, i) => !missing.has(i));
        told.push(...sequence.fill(listed, true));
      }
      const order = told.map(telling => (telling.type === 'missing' ? telling.openMs : telling.bar.openMs));
      expect(order).toEqual(order.map((_, i) => i * PERIOD));
      for (const telling of told) {
        expect(telling.type).toBe(missing.has(indexOf(telling)) ? 'missing' : 'bar');
        expect(indexOf(telling)).toBeLessThan(seen);
      }
    }),
  );
});

function indexOf(telling: Telling): number {
  return (telling.type === 'missing' ? telling.openMs : telling.bar.openMs) / PERIOD;
}

test('a timer ends no bar: the newest of a look is not told', () => {
  const sequence = new BarSequence(PERIOD, 0);
  expect(sequence.fill([bar(0), bar(1)], true)).toEqual([{ type: 'bar', bar: bar(0) }]);
  expect(sequence.fill([bar(0), bar(1)], true)).toEqual([]);
  expect(sequence.fill([bar(1), bar(2)], true)).toEqual([{ type: 'bar', bar: bar(1) }]);
});

test('a bar that comes after it was said to be missing is told as revised', () => {
  const sequence = new BarSequence(PERIOD, 0);
  expect(sequence.fill([bar(1), bar(2)], true)).toEqual([
    { type: 'missing', openMs: 0 },
    { type: 'bar', bar: bar(1) },
  ]);
  expect(sequence.offer(bar(0), true)).toEqual([{ type: 'revised', bar: bar(0) }]);
  expect(sequence.offer(bar(1, 101), true)).toEqual([{ type: 'revised', bar: bar(1, 101) }]);
  expect(sequence.offer(bar(1, 101), true)).toEqual([]);
});

test.each([
  ['a high below the close', { ...bar(0), high: 95 }],
  ['a low above the open', { ...bar(0), low: 101 }],
  ['a price of zero', { ...bar(0), low: 0 }],
  ['no number', { ...bar(0), close: Number.NaN }],
  ['less than no volume', { ...bar(0), volume: -1 }],
  ['an open between two bars', { ...bar(0), openMs: 1 }],
])('not sound: %s', (_, unsound) => {
  expect(isSound(unsound, PERIOD)).toBe(false);
  expect(isSound(bar(0), PERIOD)).toBe(true);
});

test('an answer by REST that is older than the end of its last bar ends no bar, and revises none', () => {
  const sequence = new BarSequence(PERIOD, 0);
  // The stream has said that the next one began.
  sequence.offer(bar(1), false);
  expect(sequence.fill([bar(0, 95)], false)).toEqual([]);
  expect(sequence.isBehind).toBe(true);
  // Asked again it has both.
  expect(sequence.fill([bar(0, 105), bar(1)], true)).toEqual([{ type: 'bar', bar: bar(0, 105) }]);
  expect(sequence.offer(bar(1, 108), true)).toEqual([{ type: 'bar', bar: bar(1, 108) }]);
  expect(sequence.fill([bar(0, 105), bar(1, 99)], false)).toEqual([]);
  expect(sequence.fill([bar(0, 105), bar(1, 107), bar(2)], false)).toEqual([{ type: 'revised', bar: bar(1, 107) }]);
});

test('a venue that lists no later bar when it is asked again has said its last word', () => {
  const sequence = new BarSequence(PERIOD, 0);
  sequence.offer(bar(1), false);
  expect(sequence.fill([bar(0, 95)], false)).toEqual([]);
  expect(sequence.fill([bar(0, 96)], true)).toEqual([{ type: 'bar', bar: bar(0, 96) }]);
});

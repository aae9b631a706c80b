import fc from 'fast-check';
import { expect, test } from 'vitest';
import { importBars } from '../../../runtime/data/import.ts';
import { selectFiles } from '../../../runtime/data/select.ts';
import { csv, folder, HOUR, rows } from './support.ts';

const load = async (paths: readonly string[]) =>
  (await importBars(selectFiles(paths, 'bars', 'BTC/USDT').files, 'bars', undefined)).series;

test('files that overlap where they agree are one series, whatever their order', async () => {
  const lines = rows(60);
  const whole = await load([folder().write('whole.csv', csv(lines))]);
  const piece = fc.tuple(fc.nat(50), fc.integer({ min: 3, max: 60 }));
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async pieces => {
      const files = folder();
      // Two pieces that cover everything, and any others.
      const cuts = [...pieces, [0, 35] as const, [30, 60] as const];
      const paths = cuts.map(([from, length], i) => files.write(`part${i}.csv`, csv(lines.slice(from, from + length))));
      const merged = await load(paths);
      expect(merged.hash).toBe(whole.hash);
      expect(merged.times).toEqual(whole.times);
      expect(merged.close).toEqual(whole.close);
      const given = cuts.reduce((sum, [from, length]) => sum + Math.min(60, from + length) - from, 0);
      expect(merged.counts.duplicates).toBe(given - 60);
    }),
    { numRuns: 30 },
  );
});

test('files interleaved row by row are one series of the finer interval', async () => {
  const files = folder();
  const lines = rows(100);
  const even = files.write('even.csv', csv(lines.filter((_, i) => i % 2 === 0)));
  const odd = files.write('odd.csv', csv(lines.filter((_, i) => i % 2 === 1)));
  const whole = await load([files.write('whole.csv', csv(lines))]);
  const merged = await load([odd, even]);
  expect([merged.periodMs, merged.hash]).toEqual([HOUR, whole.hash]);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countMs, isoMs, plainIsoMs, unitOf } from '../../../runtime/data/stamps.ts';
import { START } from './support.ts';

const fromBytes = (text: string): number => {
  const bytes = new TextEncoder().encode(`,${text},`);
  return plainIsoMs(bytes, 1, bytes.length - 1);
};

describe('ISO dates', () => {
  test.each([
    ['2024-01-01', START],
    ['2024-01-01T00:00:00Z', START],
    ['2024-01-01 00:00:00+00:00', START],
    ['2024-01-01 00:00:00.250', START + 250],
    ['2024-01-01T00:00:00.123456Z', START + 123],
    ['2024-01-01T05:30:00+05:30', START],
    ['2023-12-31 19:00 -0500', START],
    ['2024-01-01 00:00:00 UTC', START],
  ])('%s', (text, time) => {
    expect(isoMs(text)).toBe(time);
  });

  test.each(['2024-13-01', '2023-02-29', '2024-01-01 24:00', '2024-01-01 00:60', '01/02/2024', '2024-1-1', '', 'now'])(
    '%s is none',
    text => {
      expect(isoMs(text)).toBeNaN();
      expect(fromBytes(text)).toBeNaN();
    },
  );

  test('the quick way over bytes agrees with the platform wherever it answers', () => {
    const forms = [0, 10, 16, 19, 20].map(
      length => (iso: string) => (length === 20 ? `${iso.slice(0, 19)}Z` : iso.slice(0, length)),
    );
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1971-01-01'), max: new Date('2199-12-31'), noInvalidDate: true }),
        fc.constantFrom(...forms.slice(1)),
        (date, form) => {
          const text = form(date.toISOString());
          const expected = Date.parse(text.length <= 10 || text.endsWith('Z') ? text : `${text}Z`);
          expect(fromBytes(text)).toBe(expected);
          expect(fromBytes(text.replace('T', ' '))).toBe(expected);
          expect(isoMs(text)).toBe(expected);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('what the quick way refuses or accepts, the thorough one does too', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^20[0-9]{2}-[0-1][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-6][0-9](:[0-6][0-9])?Z?)?$/),
        text => {
          expect(fromBytes(text)).toBe(isoMs(text));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

test('the unit of a count is told by its size', () => {
  expect([START / 1000, START, START * 1000].map(unitOf)).toEqual(['s', 'ms', 'us']);
  expect([0, 20_240_101, START * 1e6].map(unitOf)).toEqual([undefined, undefined, undefined]);
  expect(countMs(START / 1000 + 0.25, 's')).toBe(START + 250);
  expect(countMs(START * 1000 + 999, 'us')).toBe(START);
});

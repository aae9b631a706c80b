/** What is journaled comes back bit for bit, whether it needs words that JSON lacks or not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode } from '../../../runtime/live/codec.ts';

const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);
const leaf = fc.oneof(
  number,
  fc.boolean(),
  fc.constant(null),
  fc.string(),
  fc.constantFrom('$', '"$n"', '{"$n":"nan"}'),
);
const column = fc.array(number, { maxLength: 5 }).map(values => Float64Array.from(values));
const bytes = fc.uint8Array({ maxLength: 5 });
const key = fc.constantFrom('type', 'bar', 'openMs', 'late', 'quantity');

const { value } = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaf,
    column,
    bytes,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe('the codec of journal rows', () => {
  it('gives back what it was given', () => {
    fc.assert(
      fc.property(value, what => {
        expect(decode(encode(what))).toStrictEqual(what);
      }),
      { numRuns: 2000, seed: 31 },
    );
  });
});

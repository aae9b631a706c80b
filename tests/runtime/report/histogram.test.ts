import { expect, test } from 'vitest';
import { histogram } from '../../../runtime/report/html/histogram.ts';

test('an account that never moved has no histogram, and none that cannot be drawn', () => {
  expect(histogram('Daily returns', new Float64Array(300)).html).toContain('Too few to draw');
});

test('gains and losses stand on their side of zero; returns of zero are counted apart', () => {
  const drawn = histogram('Daily returns', Float64Array.of(-0.02, -0.01, 0, 0.01, 0.02, 0.03)).html;
  expect(drawn).toContain('6 in all, 1 flat');
  expect(drawn).not.toContain('NaN');
});

import { expect, it } from 'vitest';
import { outdated } from '../../tools/docs.ts';

it('the generated pages of the manual are what their tables make (else: npm run docs)', () => {
  expect(outdated()).toEqual([]);
});

/** The market facts that a journal is bound to. */
import type { MarketFacts } from '../data/series.ts';
import { LiveError } from './errors.ts';
import { DAMAGED } from './store/database.ts';
import type { RunBinding } from './store/rows.ts';

/** Throws `damaged-journal` where the binding lacks an instrument of its own: nothing stands in for a step or a minimum. */
export function boundFacts({ facts }: Pick<RunBinding, 'facts'>, symbol: string): MarketFacts {
  const text = facts[symbol];
  if (text === undefined) throw new LiveError('damaged-journal', `the journal has no facts of ${symbol}`, DAMAGED);
  return { ...JSON.parse(text), source: 'the journal' };
}

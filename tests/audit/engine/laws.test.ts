/** Laws of the account over random strategies, from text through the kernel to the journal. */
import { describe, expect, it } from 'vitest';
import { type Told, tell } from '../../support/story.ts';
import { circumstancesOf, storyOf } from './generate-story.ts';
import { checkLaws } from './laws.ts';

const CASES = process.env.VELA_DEEP ? 5_000 : 150;
const FIRST = Number(process.env.VELA_SEED ?? 1);

describe('any strategy', () => {
  it('keeps the laws, however it is run', () => {
    const met = { trades: 0, refused: 0, halts: 0, reasons: new Set<string>() };
    for (let seed = FIRST; seed < FIRST + CASES; seed++) {
      const story = storyOf(seed);
      try {
        const told = tell(story);
        checkLaws(told.result, told.series, circumstancesOf(story));
        note(met, told);
      } catch (error) {
        throw new Error(`seed ${seed}\n${story.strategy}\n${story.bars}`, { cause: error });
      }
    }
    // The stories are worth telling: they trade, and meet every reason there is to leave.
    expect(met.trades).toBeGreaterThan(CASES * 3);
    expect([...met.reasons].sort()).toEqual(
      [
        'end of data',
        'flatten',
        'hold',
        'limit exit',
        'liquidation',
        'reverse',
        'signal',
        'stop',
        'target',
        'trail',
      ].sort(),
    );
  });
});

function note(met: { trades: number; reasons: Set<string> }, { result }: Told): void {
  met.trades += result.trades.length;
  for (const { reason } of result.trades) met.reasons.add(reason);
}

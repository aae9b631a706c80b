/**
 * A live run at the local venue, through the real client, dies at a write of its journal and is started again. Whichever write
 * it is: no order is doubled, none is lost, its books are the venue's, its limits hold, no position is without its stop for
 * longer than the deadline, and it goes on. Its trades are those of a run that nothing happened to.
 */
import { describe, expect, it } from 'vitest';
import type { Kind } from './grounds.ts';
import { all, each, HERE, IS_DEEP, judged, pointsOf, sampled, summary } from './points.ts';

const TIMEOUT_MS = IS_DEEP ? 3_600_000 : 90_000;

/** `sample`: points that are lived in a normal run of the tests. */
export function killedRuns(kind: Kind, sample = 15): void {
  describe(`a live run that is killed, ${kind}`, () => {
    it('goes on as if nothing had happened', { timeout: TIMEOUT_MS }, async () => {
      const points = await pointsOf(kind);
      expect(points.length).toBeGreaterThan(300);
      const chosen = IS_DEEP ? all(points) : sampled(points, sample);
      const verdicts = await each(chosen, HERE.together, point => judged(HERE, point));
      console.log(`${kind}: ${summary(verdicts)}`);
      expect(verdicts.flatMap(({ outcome, why }) => (outcome === 'wrong' ? [why] : []))).toEqual([]);
    });
  });
}

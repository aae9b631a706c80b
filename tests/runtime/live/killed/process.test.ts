/** `vela run --live` as a process of its own that is killed by SIGKILL at a write of its journal, and started again. */
import { describe, expect, it } from 'vitest';
import { GROUNDS, type Kind } from './grounds.ts';
import { CHAPTERS } from './histories.ts';
import type { Death } from './mortal.ts';
import { dyingAgain, each, HERE, IS_DEEP, judged, lived, type Point, pointsOf, summary, type Way } from './points.ts';
import { openProcess, openSharedStage } from './process.ts';

const ELSEWHERE: Way = { stage: openSharedStage, open: openProcess, together: IS_DEEP ? 5 : 2 };
const TIMEOUT_MS = IS_DEEP ? 3_600_000 : 120_000;
/** One in so many points; it has a common divisor with neither kind of death nor the number of chapters. */
const STEP = 5;

/** In the normal run: the stop of a first part is asked for, and nobody has heard that it was taken. */
const PICKED: Partial<Readonly<Record<Kind, Death>>> = {
  perpetual: { at: 9, kind: 'after' },
  spot: { at: 10, kind: 'before' },
};

async function picked(kind: Kind): Promise<readonly Point[]> {
  const [chapter, death] = [CHAPTERS.find(each => each.kind === kind), PICKED[kind]];
  if (chapter === undefined || death === undefined) return [];
  return [{ chapter, unbroken: await lived(HERE, chapter), deaths: [death] }];
}

async function chosen(kind: Kind): Promise<readonly Point[]> {
  if (!IS_DEEP) return picked(kind);
  const points = await pointsOf(kind);
  const [first] = points;
  const binding = (['before', 'after'] as const).flatMap(when =>
    first === undefined ? [] : [{ ...first, deaths: [{ at: 0, kind: when }] }],
  );
  const sample = points
    .filter((_, i) => i % STEP === 0)
    .map((point, i) => (i % 3 === 0 ? dyingAgain(point, 1 + (i % 7)) : point));
  return [...binding, ...sample];
}

describe('a process that is killed', () => {
  it('goes on as if nothing had happened', { timeout: TIMEOUT_MS }, async () => {
    const points: Point[] = [];
    for (const kind of Object.keys(GROUNDS)) points.push(...(await chosen(kind as Kind)));
    const verdicts = await each(points, ELSEWHERE.together, point => judged(ELSEWHERE, point));
    console.log(`real processes: ${summary(verdicts)}`);
    expect(verdicts.flatMap(({ outcome, why }) => (outcome === 'wrong' ? [why] : []))).toEqual([]);
  });
});

/** Which writes of which chapter a run is killed at, and what came of it. */
import { randomOf } from '../../../support/scenario.ts';
import type { Kind } from './grounds.ts';
import { CHAPTERS, type Chapter } from './histories.ts';
import { openLife } from './life.ts';
import type { Death } from './mortal.ts';
import { type Lived, live, type OpenLife } from './point.ts';
import { openStage, type Stage } from './stage.ts';

export const IS_DEEP = process.env.VELA_DEEP === '1';

/** Of the run in one millisecond of this machine. */
const SPEED = 4;
/** Lives beside each other: most of a life is waiting. */
const TOGETHER = 10;
/** A process that recovers dies too, at one of its first writes. */
const SOON = 7;

export interface Point {
  readonly chapter: Chapter;
  readonly unbroken: Lived;
  readonly deaths: readonly Death[];
  /** A bar ends while no process is there: nothing is decided on it any more, so its trades may be others. */
  readonly missesBar?: true;
}

const SAME = 'as if nothing had happened';
const OTHER = 'with other trades, for a bar that was missed';
/** Where a second process died with protection journaled and not sent: nobody knows of it until its deadline is over. */
const CLOSED = 'closed at market at the deadline';
/** Of the equity. */
const SAME_WEIGHT = 1e-6;
/** How a point may end. */
export type Outcome = typeof SAME | typeof OTHER | typeof CLOSED | 'wrong';

export interface Way {
  readonly stage: (kind: Kind) => Promise<Stage>;
  readonly open: OpenLife;
  readonly together: number;
}

const here = (speed: number): Way => ({
  stage: kind => openStage({ kind, speed }),
  open: openLife,
  together: TOGETHER,
});
export const HERE = here(SPEED);
/** As fast as its clock: what a machine that stands still for a second may do to a life that is four times as fast. */
const SLOWLY = here(1);
/** A second without an answer is four of the run's: it does what is right then, and its trades are others. */
const STOOD_STILL = /closed at market/;

const missBar = (stage: Stage) => stage.bar('nothing');

export async function lived(
  { stage: openStageOf, open }: Way,
  chapter: Chapter,
  deaths: readonly Death[] = [],
  missesBar = false,
): Promise<Lived> {
  const stage = await openStageOf(chapter.kind);
  try {
    return await live(stage, chapter, open, deaths, missesBar ? missBar : undefined);
  } finally {
    await stage.close();
  }
}

/** Does something with each, several at a time, in their order. */
export async function each<T, R>(items: readonly T[], together: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as T);
  };
  await Promise.all(Array.from({ length: together }, worker));
  return results;
}

/** Every write of every chapter at a kind of venue, before it is safe and after. */
export async function pointsOf(kind: Kind): Promise<readonly Point[]> {
  const chapters = CHAPTERS.filter(chapter => chapter.kind === kind);
  const unbroken = await each(chapters, TOGETHER, async chapter => {
    const found = await lived(HERE, chapter);
    return STOOD_STILL.test(found.story) ? lived(SLOWLY, chapter) : found;
  });
  return chapters.flatMap((chapter, i) => {
    const whole = unbroken[i];
    if (whole === undefined) return [];
    return Array.from({ length: whole.writes }, (_, write) =>
      (['before', 'after'] as const).map(kind => ({
        chapter,
        unbroken: whole,
        deaths: [{ at: write + 1, kind }],
      })),
    ).flat();
  });
}

/** A fixed sample, and two by a seed that is new each time. */
export function sampled(points: readonly Point[], count: number): readonly Point[] {
  const step = points.length / count;
  const fixed = Array.from({ length: count }, (_, i) => points[Math.floor(i * step)] as Point);
  const seed = Date.now() % 1_000_000;
  const random = randomOf(seed);
  const again = dyingAgain(random.pick(points), random.int(1, SOON));
  const late = { ...random.pick(points), missesBar: true } as const;
  console.log(`seed ${seed}: ${nameOf(again)}; ${nameOf(late)}`);
  return [...fixed, again, late];
}

/** The process that recovers dies too. */
export function dyingAgain(point: Point, at: number): Point {
  const kind = at % 2 === 0 ? 'before' : 'after';
  return { ...point, deaths: [...point.deaths, { at, kind }] };
}

/** Each point; each once more with a second death; each once more with a bar that is missed. */
export function all(points: readonly Point[]): readonly Point[] {
  return points.flatMap((point, i) => [
    point,
    dyingAgain(point, 1 + (i % SOON)),
    { ...point, missesBar: true } as const,
  ]);
}

export function nameOf({ chapter: { kind, name }, deaths, missesBar }: Point): string {
  const dies = deaths.map(({ at, kind: when }) => `${when} write ${at}`).join(', then ');
  return `${kind}, ${name}: dies ${dies}${missesBar === true ? ', misses a bar' : ''}`;
}

export interface Verdict {
  readonly outcome: Outcome;
  readonly lives: number;
  readonly longestBareMs: number;
  readonly why: string;
}

/** What differs is lived once more, slowly: what is wrong is wrong then too. */
export async function judged(way: Way, point: Point): Promise<Verdict> {
  const verdict = await judgedOnce(way, point);
  if (way !== HERE || (verdict.outcome !== 'wrong' && verdict.outcome !== CLOSED)) return verdict;
  console.log(`again, slowly: ${verdict.why === '' ? nameOf(point) : verdict.why}`);
  return judgedOnce(SLOWLY, point);
}

async function judgedOnce(way: Way, point: Point): Promise<Verdict> {
  const { chapter, unbroken, deaths, missesBar } = point;
  let found: Lived;
  try {
    found = await lived(way, chapter, deaths, missesBar);
  } catch (error) {
    return { outcome: 'wrong', lives: 0, longestBareMs: 0, why: `${nameOf(point)}: ${String(error)}` };
  }
  const { lives, longestBareMs, wrongs, story } = found;
  const hasSameTrades = found.trades.join() === unbroken.trades.join();
  const hasSameMoney = Math.abs(found.balance - unbroken.balance) < 1e-6;
  const isSame = hasSameTrades && hasSameMoney && holdsTheSame(found.weights, unbroken.weights);
  const isClosed = deaths.length > 1 && STOOD_STILL.test(story);
  const otherwise = missesBar === true ? OTHER : isClosed ? CLOSED : 'wrong';
  const outcome = wrongs.length > 0 ? 'wrong' : isSame ? SAME : otherwise;
  const why = outcome === 'wrong' ? [nameOf(point), ...wrongs, ...found.trades, story].join('\n') : '';
  return { outcome, lives, longestBareMs, why };
}

/** After each step. */
function holdsTheSame(weights: Lived['weights'], whole: Lived['weights']): boolean {
  return weights.every((step, i) =>
    step.every((weight, market) => Math.abs(weight - (whole[i]?.[market] ?? Number.NaN)) < SAME_WEIGHT),
  );
}

/** One line of what came of points. */
export function summary(verdicts: readonly Verdict[]): string {
  const counts = new Map<string, number>();
  for (const { outcome } of verdicts) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const lives = verdicts.reduce((sum, verdict) => sum + verdict.lives, 0);
  const longest = Math.max(...verdicts.map(({ longestBareMs }) => longestBareMs));
  const words = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  return `${verdicts.length} points, ${lives} processes: ${words}; longest without a stop ${Math.round(longest)} ms`;
}

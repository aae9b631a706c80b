/**
 * From asked weights to the weights that are traded to: limits, then the band. Weights are notional over equity, one a
 * member. Limits shrink or refuse, never enlarge: no weight comes out larger than it was asked or held, and what takes a
 * holding down is never held back.
 */
import type { ReachedLimit } from '../engine/ports.ts';

/** Limits of weights; a limit that is not stated is absent. */
export interface WeightLimit extends ReachedLimit {
  readonly name: 'position' | 'gross' | 'net' | 'turnover' | 'positions';
  /** Over equity; for `positions` how many may be held. */
  readonly limit: number;
}

export interface Targets {
  /** A weight that equals the current one is left alone. */
  readonly weights: Float64Array;
  /** Limits that had something to do, each once. */
  readonly reached: readonly WeightLimit[];
}

/** Over a limit by less than this, relative, is at it: the arithmetic of weights is not exact. */
const TOLERANCE = 1e-12;

/**
 * `asked` is NaN where the holding is kept. A weight nearer to the current one than `band` is left alone, unless it is 0,
 * which closes the holding whatever is left of it.
 */
export function targetsOf(
  current: Float64Array,
  asked: Float64Array,
  limits: readonly WeightLimit[],
  band: number,
): Targets {
  const weights = asked.map((weight, i) => (Number.isNaN(weight) ? held(current, i) : weight));
  const decided = asked.map(weight => (Number.isNaN(weight) ? 0 : 1));
  const reached = new Set<WeightLimit>();
  const inOrder = (names: readonly WeightLimit['name'][]) =>
    names.flatMap(name => limits.filter(limit => limit.name === name));

  for (const limit of inOrder(['position', 'positions', 'gross', 'net'])) {
    if (SHAPE[limit.name](weights, decided, current, limit)) reached.add(limit);
  }
  for (let i = 0; i < weights.length; i++) {
    const [weight, now] = [weights[i] as number, held(current, i)];
    if (weight !== 0 && Math.abs(weight - now) < band) weights[i] = now;
  }
  // What the band keeps may stand above its target: then less is bought of the others.
  for (const limit of inOrder(['gross', 'net', 'turnover'])) {
    if (holdIncreases(weights, current, limit)) reached.add(limit);
  }
  return { weights, reached: [...reached] };
}

function held(current: Float64Array, i: number): number {
  return current[i] as number;
}

// ---------------------------------------------------------------- limits of what is asked

type Shaper = (weights: Float64Array, decided: Float64Array, current: Float64Array, limit: WeightLimit) => boolean;

/** Each changes the decided weights in place and says whether it had to. */
const SHAPE: Readonly<Record<WeightLimit['name'], Shaper>> = {
  position(weights, decided, current, { limit, action }) {
    let acted = false;
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i] as number;
      if (decided[i] !== 1 || !exceeds(Math.abs(weight), limit)) continue;
      acted = true;
      weights[i] = action.kind === 'reduce' ? Math.sign(weight) * limit : withoutIncrease(weight, held(current, i));
    }
    return acted;
  },
  /** Members that are held come before those that are not, heavier ones before lighter ones. */
  positions(weights, decided, current, { limit }) {
    const order = Array.from(weights.keys())
      .filter(i => weights[i] !== 0)
      .toSorted((a, b) => rankOf(b) - rankOf(a) || Math.abs(weights[b] ?? 0) - Math.abs(weights[a] ?? 0) || a - b);
    function rankOf(i: number): number {
      return held(current, i) !== 0 ? 2 : decided[i] === 1 ? 1 : 0;
    }
    const beyond = order.slice(Math.floor(limit)).filter(i => held(current, i) === 0);
    for (const i of beyond) weights[i] = 0;
    return beyond.length > 0;
  },
  gross(weights, decided, current, limit) {
    const kept = sum(weights, i => (decided[i] === 1 ? 0 : Math.abs(weights[i] as number)));
    const wanted = sum(weights, i => (decided[i] === 1 ? Math.abs(weights[i] as number) : 0));
    if (!exceeds(kept + wanted, limit.limit) || wanted === 0) return false;
    const share = Math.max(0, (limit.limit - kept) / wanted);
    shrink(weights, current, limit, i => (decided[i] === 1 ? share : 1));
    return true;
  },
  net(weights, decided, current, limit) {
    const total = sum(weights, i => weights[i] as number);
    if (!exceeds(Math.abs(total), limit.limit)) return false;
    const side = Math.sign(total);
    const isHeavy = (i: number) => decided[i] === 1 && Math.sign(weights[i] as number) === side;
    const heavy = sum(weights, i => (isHeavy(i) ? (weights[i] as number) : 0));
    if (heavy === 0) return false;
    const share = Math.max(0, (side * limit.limit - (total - heavy)) / heavy);
    const shares = weights.map((_, i) => (isHeavy(i) ? share : 1));
    shrink(weights, current, limit, i => shares[i] as number);
    return true;
  },
  turnover: () => false,
};

/** Scales the weights, or refuses what would make them larger. */
function shrink(
  weights: Float64Array,
  current: Float64Array,
  { action }: WeightLimit,
  shareOf: (member: number) => number,
): void {
  for (let i = 0; i < weights.length; i++) {
    const [weight, share] = [weights[i] as number, shareOf(i)];
    if (share === 1) continue;
    weights[i] = action.kind === 'reduce' ? weight * share : withoutIncrease(weight, held(current, i));
  }
}

// ---------------------------------------------------------------- limits of what is bought

/** Scales all increases alike, so that the limit holds for what will be held, or traded, after them. */
function holdIncreases(weights: Float64Array, current: Float64Array, { name, limit, action }: WeightLimit): boolean {
  const bases = weights.map((weight, i) => withoutIncrease(weight, held(current, i)));
  const increase = (i: number) => (weights[i] as number) - (bases[i] as number);
  let [used, wanted] = [0, 0];
  if (name === 'net') {
    const side = Math.sign(sum(weights, i => weights[i] as number));
    used = side * sum(weights, i => (side * increase(i) > 0 ? (bases[i] as number) : (weights[i] as number)));
    wanted = sum(weights, i => Math.max(0, side * increase(i)));
    if (!exceeds(used + wanted, limit) || wanted === 0) return false;
    const share = action.kind === 'reduce' ? Math.max(0, (limit - used) / wanted) : 0;
    scale(weights, bases, i => (side * increase(i) > 0 ? share : 1));
    return true;
  }
  used = sum(weights, i =>
    name === 'gross' ? Math.abs(bases[i] as number) : Math.abs((bases[i] as number) - held(current, i)),
  );
  wanted = sum(weights, i => Math.abs(increase(i)));
  if (!exceeds(used + wanted, limit) || wanted === 0) return false;
  const share = action.kind === 'reduce' ? Math.max(0, (limit - used) / wanted) : 0;
  scale(weights, bases, () => share);
  return true;
}

function scale(weights: Float64Array, bases: Float64Array, shareOf: (member: number) => number): void {
  const shares = weights.map((_, i) => shareOf(i));
  for (let i = 0; i < weights.length; i++) {
    const base = bases[i] as number;
    weights[i] = base + (shares[i] as number) * ((weights[i] as number) - base);
  }
}

/** What of a change only takes a holding down: all of it, none of it, or the part up to nothing held. */
export function withoutIncrease(weight: number, current: number): number {
  if (weight * current <= 0) return 0;
  return Math.abs(weight) > Math.abs(current) ? current : weight;
}

function exceeds(value: number, limit: number): boolean {
  return value > limit * (1 + TOLERANCE);
}

function sum(weights: Float64Array, termOf: (member: number) => number): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += termOf(i);
  return total;
}

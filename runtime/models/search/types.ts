/** A search over settings: plain data, so that a trial is recorded, resumed and compared as it is. */

export type Dimension = NumberDimension | ChoiceDimension;
export interface NumberDimension {
  readonly kind: 'number';
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** From `low` upwards; whole numbers are a step of 1. */
  readonly step?: number;
  /** Drawn uniformly in the logarithm; `low` is above 0 then, and there is no step but of whole numbers. */
  readonly log?: boolean;
}
export interface ChoiceDimension {
  readonly kind: 'choice';
  readonly name: string;
  readonly of: readonly Value[];
}

export type Value = number | string | boolean;
export type Point = Readonly<Record<string, Value>>;

export interface Trial {
  /** Place in the record. */
  readonly number: number;
  readonly point: Point;
  /** Lower is better; null: there is none. */
  readonly score: number | null;
  /** `pruned`: refused by `require`, does not count among the trials. `failed`: could not be trained or scored. */
  readonly state: 'done' | 'pruned' | 'failed';
  /** Share of the full effort (rounds, rows, folds) that the score was measured with; below 1 in successive halving alone. */
  readonly effort: number;
  /** Why there is no score, or whose score it is. */
  readonly reason?: string;
}

export interface SearchPlan {
  readonly method: 'tpe' | 'random' | 'grid' | 'halving';
  /** Points to be tried; successive halving starts with so many. */
  readonly trials: number;
  readonly space: readonly Dimension[];
  readonly seed: number;
  /** T of the training: with the seed and the number of a trial all that its draws depend on. */
  readonly atMs: number;
}

/** What to try next. A function of plan and record alone: a resumed search goes on as an unbroken one would have. */
export type Proposer = (plan: SearchPlan, record: readonly Trial[]) => Proposal | undefined;
export interface Proposal {
  readonly point: Point;
  readonly effort: number;
}

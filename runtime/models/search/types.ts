/** A search over settings: plain data, so that a trial is recorded, resumed and compared as it is. */

export type Dimension =
  | {
      readonly kind: 'number';
      readonly name: string;
      readonly low: number;
      readonly high: number;
      /** From `low` upwards; whole numbers are a step of 1. */
      readonly step?: number;
      /** Drawn uniformly in the logarithm; `low` is above 0 then. */
      readonly log?: boolean;
    }
  | { readonly kind: 'choice'; readonly name: string; readonly of: readonly (number | string | boolean)[] };

export type Point = Readonly<Record<string, number | string | boolean>>;

export interface Trial {
  readonly number: number;
  readonly point: Point;
  /** Lower is better, as the searches see it; null: pruned by `require`, or not to be had. */
  readonly score: number | null;
  readonly state: 'done' | 'pruned' | 'failed';
  /** Share of the full effort (rounds, rows, folds) that the score was measured with; 1 but in successive halving. */
  readonly effort: number;
  /** Why there is no score. */
  readonly reason?: string;
}

/**
 * Purged k-fold and combinatorial purged k-fold: blocks of ticks are held out in turn, and around each of them rows leave
 * whose labels overlap the block's, then an embargo of rows after its last label end.
 *
 * Such models have seen bars after the ones they are judged by: they evaluate and choose, and never feed a rule.
 * Source: M. López de Prado, Advances in Financial Machine Learning (2018), chapters 7 and 12.
 */
import type { KFold } from '../../../language/check/model.ts';
import { HONEST, type LearningParts } from '../parts.ts';
import type { BlockFold, RowPlaces } from './fold.ts';
import { NO_DROPS, NO_ROWS } from './rows.ts';
import type { ValidWish } from './valid.ts';

/** Ticks after the last label end of a block: `auto` is max(h, 1 % of the ticks, rounded up). */
export function embargoTicks(embargo: KFold['embargo'], horizon: number, ticks: number): number {
  return embargo === 'auto' ? Math.max(horizon, Math.ceil(ticks / 100)) : embargo;
}

/** All ways to hold out `test` of `folds` blocks, in lexical order. */
export function heldOutBlocks({ folds, test }: KFold): readonly (readonly number[])[] {
  const sets: number[][] = [];
  const extend = (chosen: readonly number[]): void => {
    if (chosen.length === test) {
      sets.push([...chosen]);
      return;
    }
    for (let block = (chosen.at(-1) ?? -1) + 1; block < folds; block++) extend([...chosen, block]);
  };
  extend([]);
  return sets;
}

/**
 * Folds over rows `within` (ascending; all rows when absent), one for each set of blocks held out. Ticks count from the
 * first to the last of those rows. A fold may come out without training rows: too few ticks for its horizon.
 */
export function blockFolds(
  places: RowPlaces,
  split: KFold,
  horizon: number,
  options: { readonly within?: Int32Array; readonly valid?: ValidWish } = {},
  parts: LearningParts = HONEST,
): readonly BlockFold[] {
  const rows = options.within ?? Int32Array.from(places.tick, (_, row) => row);
  if (rows.length === 0) return [];
  const first = places.tick[rows[0]];
  const last = places.tick[rows[rows.length - 1]];
  const embargo = embargoTicks(split.embargo, horizon, last - first + 1);
  const blocks = parts.blocks(first, last, split.folds);
  return heldOutBlocks(split).map(held => {
    const runs = held.flatMap(block => blocks[block] ?? []);
    // One mark a tick: the strongest reason for which its rows are not learned from.
    const marks = new Uint8Array(last - first + 1);
    const mark = (from: number, to: number, reason: number) => {
      for (let tick = Math.max(from, first); tick <= Math.min(to, last); tick++)
        if (marks[tick - first] < reason) marks[tick - first] = reason;
    };
    for (const run of runs) {
      const { purged, embargoed } = parts.around(run, horizon, embargo);
      mark(embargoed.from, embargoed.to, EMBARGO);
      mark(purged.from, purged.to, PURGED);
      mark(run.from, run.to, HELD);
    }
    const rowsMarked = (reason: number) => rows.filter(row => marks[places.tick[row] - first] === reason);
    const learned = rowsMarked(0);
    const dropped = { ...NO_DROPS, purged: rowsMarked(PURGED).length, embargo: rowsMarked(EMBARGO).length };
    const part = {
      id: held.map(block => block + 1).join('+'),
      blocks: held,
      held: runs,
      refit: learned,
      test: rowsMarked(HELD),
    };
    if (options.valid === undefined || learned.length === 0)
      return { ...part, train: learned, valid: NO_ROWS, calibrate: NO_ROWS, dropped };
    const { open, ...cut } = newestShare(places, learned, horizon, options.valid, parts);
    return { ...part, ...cut, dropped: { ...dropped, 'label open at the valid part': open } };
  });
}

const EMBARGO = 1;
const PURGED = 2;
const HELD = 3;

/** The valid part of a fold whose training ticks may have a hole: the last share of the ticks that it learns from. */
function newestShare(
  places: RowPlaces,
  learned: Int32Array,
  horizon: number,
  wish: ValidWish,
  parts: LearningParts,
): Pick<BlockFold, 'train' | 'valid' | 'calibrate' | 'validFrom' | 'calibrateFrom'> & { readonly open: number } {
  const ticks = [...new Set(Array.from(learned, row => places.tick[row]))];
  const newest = Math.max(1, Math.round(wish.share * ticks.length));
  const validFrom = ticks[Math.max(0, ticks.length - newest)];
  const upTo = (from: number, to: number) => learned.filter(row => places.tick[row] >= from && places.tick[row] <= to);
  const train = upTo(Number.NEGATIVE_INFINITY, parts.lastClosedBeforeValid(validFrom, horizon));
  if (!wish.calibrate) {
    const valid = upTo(validFrom, Number.POSITIVE_INFINITY);
    return { train, valid, calibrate: NO_ROWS, validFrom, open: learned.length - train.length - valid.length };
  }
  const calibrateFrom = ticks[ticks.length - Math.floor(newest / 2)] ?? ticks[ticks.length - 1] + 1;
  const valid = upTo(validFrom, parts.lastClosedBeforeValid(calibrateFrom, horizon));
  const calibrate = upTo(calibrateFrom, Number.POSITIVE_INFINITY);
  const open = learned.length - train.length - valid.length - calibrate.length;
  return { train, valid, calibrate, validFrom, calibrateFrom, open };
}

/**
 * Paths of combinatorial k-fold: path p takes, for each block, the p-th fold that holds it out, so that every path is a
 * history of predictions out of sample. `paths[p][block]` is a number of `heldOutBlocks`.
 */
export function combinatorialPaths(split: KFold): readonly (readonly number[])[] {
  const sets = heldOutBlocks(split);
  const holding = Array.from({ length: split.folds }, (_, block) =>
    sets.flatMap((set, fold) => (set.includes(block) ? [fold] : [])),
  );
  const paths = holding[0]?.length ?? 0;
  return Array.from({ length: paths }, (_, path) => holding.map(folds => folds[path] ?? -1));
}

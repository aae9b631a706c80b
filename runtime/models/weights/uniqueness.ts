/**
 * Average uniqueness of a label: over the ticks (t, end] that it spans, the mean of 1 / labels of the same instrument
 * that are open there. Labels that stand alone weigh 1; n that share every tick weigh 1 / n each.
 *
 * Source: M. López de Prado, Advances in Financial Machine Learning (2018), section 4.3.
 */
import type { RowPlaces } from '../splits/fold.ts';

/**
 * One value a row of `rows`; labels of other rows do not count. `end[row]` is the tick at which the label of the row
 * really ends, by row of the data set; a label that ends where it begins weighs 1.
 */
export function uniqueness(places: RowPlaces, rows: Int32Array, end: Int32Array): Float64Array {
  const values = new Float64Array(rows.length);
  for (const own of rowsByLane(places, rows)) ofOneLane(places, rows, own, end, values);
  return values;
}

/** Positions in `rows`, lane by lane. */
function rowsByLane(places: RowPlaces, rows: Int32Array): readonly (readonly number[])[] {
  const lanes = new Map<number, number[]>();
  rows.forEach((row, i) => {
    const own = lanes.get(places.lane[row]);
    if (own === undefined) lanes.set(places.lane[row], [i]);
    else own.push(i);
  });
  return [...lanes.values()];
}

/** Counts the open labels at each tick, then takes the mean of their inverses over each span, summed in time order. */
function ofOneLane(
  places: RowPlaces,
  rows: Int32Array,
  own: readonly number[],
  end: Int32Array,
  values: Float64Array,
): void {
  const first = places.tick[rows[own[0]]] + 1;
  const last = own.reduce((latest, i) => Math.max(latest, end[rows[i]]), first);
  const change = new Int32Array(last - first + 2);
  for (const i of own) {
    const [from, to] = [places.tick[rows[i]] + 1, end[rows[i]]];
    if (to < from) continue;
    change[from - first]++;
    change[to + 1 - first]--;
  }
  const share = new Float64Array(last - first + 1);
  let open = 0;
  for (let tick = 0; tick < share.length; tick++) {
    open += change[tick];
    share[tick] = open === 0 ? 0 : 1 / open;
  }
  for (const i of own) {
    const [from, to] = [places.tick[rows[i]] + 1, end[rows[i]]];
    let sum = 0;
    for (let tick = from; tick <= to; tick++) sum += share[tick - first];
    values[i] = to < from ? 1 : sum / (to - from + 1);
  }
}

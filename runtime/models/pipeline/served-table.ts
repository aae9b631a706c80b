/**
 * The columns that a model is asked about: at each tick computed with the params of the version that answers there. A version
 * for which a search chose params has its own; all others, and ticks without any, have the values of the run.
 */
import type { ParamValues } from '../../../compiler/bind.ts';
import type { FeaturesPlan } from '../../../compiler/learning.ts';
import { canonicalText } from '../registry/hash.ts';
import { type FeatureTable, featureTable, type Ground } from './data.ts';
import type { Serving } from './predict.ts';

/**
 * The stages of the run's own values begin at base tick `fromBase`. Those of a version's begin with the data: it may look
 * further back than a run has reckoned with.
 */
export function servedTable(
  ground: Ground,
  features: FeaturesPlan,
  fromBase: number,
  servedBy: Int32Array,
  serving: readonly (Serving | undefined)[],
): FeatureTable {
  const written = featureTable(ground, features, fromBase);
  const known = new Map<string, FeatureTable>();
  const tableWith = (params: ParamValues): FeatureTable => {
    const key = canonicalText(params);
    const table = known.get(key) ?? featureTable({ ...ground, params: { ...ground.params, ...params } }, features);
    known.set(key, table);
    return table;
  };
  const tables = serving.map(one => (one?.version.params === undefined ? written : tableWith(one.version.params)));
  return known.size === 0 ? written : joined(written, tables, servedBy);
}

/** Tick by tick from the table of the version that answers. What is not ready there is absent in all columns. */
function joined(written: FeatureTable, tables: readonly FeatureTable[], servedBy: Int32Array): FeatureTable {
  const all = [written, ...tables];
  const lanes = [...written.from.keys()];
  const least = (places: (table: FeatureTable) => readonly number[]) =>
    lanes.map(lane => all.reduce((first, table) => Math.min(first, places(table)[lane] ?? 0), Infinity));
  const merged = (columnOf: (table: FeatureTable) => readonly Float64Array[] | undefined) =>
    lanes.map(lane =>
      Float64Array.from(servedBy, (number, tick) => {
        const table = tables[number] ?? written;
        return tick < (table.readyFrom[lane] ?? 0) ? Number.NaN : (columnOf(table)?.[lane]?.[tick] ?? Number.NaN);
      }),
    );
  return {
    columns: written.columns.map((_, column) => merged(table => table.columns[column])),
    ...(written.when !== undefined && { when: merged(table => table.when) }),
    readyFrom: least(table => table.readyFrom),
    from: least(table => table.from),
    to: written.to,
  };
}

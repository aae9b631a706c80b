/** The metrics by the names that a strategy may write. */
import { type Metric, metricNamed } from '../metrics/table.ts';

/** Names of the language for what the table of metrics calls otherwise. */
const WRITTEN: Readonly<Record<string, string>> = { pinball: 'quantile_loss', rank_ic: 'ic' };

/** The checker has refused names that mean nothing. */
export function metricOf(written: string): Metric {
  const metric = metricNamed(WRITTEN[written] ?? written);
  if (metric === undefined) throw new Error(`there is no metric ${written}`);
  return metric;
}

/** How the result depends on each param: a few values over its range, the others as the strategy has them. */
import type { Param } from '../../language/check/program.ts';
import type { Sensitivity } from '../../lsp/server/runs.ts';
import { RunRefused } from '../../runtime/engine/settings.ts';
import type { Outcome } from '../backtest/outcome.ts';
import { runBacktest } from '../backtest/run.ts';
import { paramsOfModels } from './models.ts';
import type { Prepared } from './setting.ts';

const VALUES = 7;
const MOST_PARAMS = 12;

export async function sensitivityOf(
  prepared: Prepared,
  outcome: Outcome,
  checkpoint: () => Promise<void>,
): Promise<readonly Sensitivity[]> {
  const { plan, warnings } = prepared.input.prepared;
  // Nothing is watched here, so that the kernel alone decides how long it takes.
  const bare = { plan: { ...plan, watches: [] }, warnings };
  const found: Sensitivity[] = [];
  const learned = prepared.input.models === undefined ? new Set<string>() : paramsOfModels(prepared.program);
  for (const param of plan.params.slice(0, MOST_PARAMS)) {
    const values = valuesOf(param);
    // With another value of what a model reads, another version would have to be trained.
    if (values === undefined || learned.has(param.name)) continue;
    const returns: (number | null)[] = [];
    for (const value of values) {
      await checkpoint();
      returns.push(value === param.value ? totalReturn(outcome) : returnAt(prepared, bare, param.name, value));
    }
    found.push({ param: param.name, values, returns, own: values.indexOf(param.value) });
  }
  return found;
}

/** Evenly over the range, on its steps, with the strategy's own value among them. */
export function valuesOf({ value, low, high, step, type }: Param): readonly number[] | undefined {
  if (low === undefined || high === undefined || high <= low || type === 'choice' || type === 'bool') return undefined;
  const grain = step ?? (type === 'bars' ? 1 : 0);
  const spread = Array.from({ length: VALUES }, (_, index) => {
    const exact = low + ((high - low) * index) / (VALUES - 1);
    return grain === 0 ? exact : low + Math.round((exact - low) / grain) * grain;
  }).map(one => Number(Math.min(high, Math.max(low, one)).toPrecision(12)));
  const apart = spread.filter(one => Math.abs(one - value) > (high - low) / (VALUES * 3));
  return [...new Set([...apart, value])].toSorted((a, b) => a - b);
}

function returnAt(prepared: Prepared, bare: Prepared['input']['prepared'], name: string, value: number): number | null {
  try {
    return totalReturn(runBacktest({ ...prepared.input, prepared: bare, values: { [name]: value } }));
  } catch (error) {
    // Values that a `require` excludes, or with which nothing can be traded.
    if (error instanceof RunRefused || (error instanceof Error && error.name === 'BindError')) return null;
    throw error;
  }
}

function totalReturn({ statistics }: Outcome): number | null {
  const value = statistics.metrics.totalReturn;
  return value === null || !Number.isFinite(value) ? null : value;
}

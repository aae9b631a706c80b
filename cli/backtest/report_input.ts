/** What the HTML report shows of an outcome. */
import type { ReportInput } from '../../runtime/report/report.ts';
import { VERSION } from '../version.ts';
import { assumptionsOf } from './assumptions.ts';
import type { Outcome } from './outcome.ts';
import { showParam } from './param_values.ts';

export function reportInput(outcome: Outcome): ReportInput {
  const { plan, source, series, result, statistics, span, values, warnings, simulated } = outcome;
  const instrument = plan.instruments[0];
  return {
    title: plan.title,
    symbol: instrument?.symbol ?? series.symbol,
    venue: instrument?.venue ?? series.venue,
    period: span.period,
    source: { name: source.name, text: source.text },
    hashes: { plan: plan.planHash, data: series.hash, journal: result.journalHash },
    version: VERSION,
    result,
    statistics,
    span,
    plots: outcome.watched.flatMap(({ name, pane, values: column }) =>
      pane === undefined ? [] : [{ name, pane, values: column }],
    ),
    params: plan.params.map(param => ({
      name: param.name,
      value: showParam(param, values[param.name] ?? param.value),
      changed: values[param.name] !== undefined,
    })),
    assumptions: assumptionsOf(outcome),
    warnings,
    simulated,
  };
}

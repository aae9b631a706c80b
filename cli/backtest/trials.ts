/** A backtest in the project's ledger, and what the ledger says of it: how many were tried, and what that leaves. */
import { hashOf } from '../../runtime/models/registry/hash.ts';
import { recordTrial, type TrialsSoFar, type Tried } from '../ledger.ts';
import type { Terminal } from '../terminal.ts';
import type { Outcome } from './outcome.ts';

/** The same outcome, its deflated Sharpe ratio after all that was tried. Outside of a project nothing is known of that. */
export function withTrials(terminal: Terminal, outcome: Outcome): Outcome {
  const { plan, values, models, statistics, span, set } = outcome;
  const { closes, returns } = statistics.returns;
  const trials = noteTrial(terminal, {
    key: configurationKey(plan.planHash, plan.params, values, models?.recipes),
    command: 'backtest',
    strategy: plan.title,
    symbols: set.members.map(({ symbol }) => symbol),
    fromMs: span.startMs,
    toMs: span.closeTimes.at(-1) ?? span.startMs,
    series: { closes, returns },
  });
  if (trials === undefined) return outcome;
  const metrics = { ...statistics.metrics, deflatedSharpe: trials.deflatedSharpe };
  return { ...outcome, trials, statistics: { ...statistics, metrics, trials: trials.trials } };
}

/** Where the system refuses, a warning: the run is what it is without the ledger. */
export function noteTrial(terminal: Terminal, tried: Tried): TrialsSoFar | undefined {
  try {
    return recordTrial(tried);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    terminal.log(`${terminal.logPaint('yellow', 'warning')} the ledger could not be kept: ${error.message}\n`);
    return undefined;
  }
}

/** Equal where the same strategy ran with the same values and models made in the same way. */
export function configurationKey(
  planHash: string,
  params: readonly { readonly name: string; readonly value: number }[],
  values: Readonly<Record<string, number>>,
  recipes: string | undefined,
): string {
  const all = Object.fromEntries(params.map(({ name, value }) => [name, values[name] ?? value]));
  return hashOf([{ name: 'configuration', document: { planHash, params: all, recipes } }]).slice(0, 32);
}

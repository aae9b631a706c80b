/** What `vela train` was asked, read and checked before any file is opened. */
import { availableParallelism } from 'node:os';
import { type BacktestRequest, readRunRequest } from '../backtest/request.ts';
import type { Call } from '../command.ts';
import { usageError } from '../errors.ts';

export interface TrainRequest extends BacktestRequest {
  readonly threads: number;
  /** Reruns on returns whose signs are drawn by lot; 0 for none. */
  readonly nulls: number;
}

export function readTrainRequest(call: Call): TrainRequest {
  return {
    ...readRunRequest(call, 'train'),
    threads: count(call, 'threads', 1) ?? availableParallelism(),
    nulls: count(call, 'null', 0) ?? 0,
  };
}

function count(call: Call, name: string, least: number): number | undefined {
  const text = call.text(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw usageError(`\`--${name} ${text}\` is no number of them`, `write a whole number from ${least}`);
  return value;
}

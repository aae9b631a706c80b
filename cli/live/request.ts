/** What `vela run` was asked, read and checked before anything is opened. */
import { basename, join } from 'node:path';
import { type BacktestRequest, readRunRequest } from '../backtest/request.ts';
import type { Call } from '../command.ts';
import { CommandError, usageError } from '../errors.ts';

export interface RunRequest extends BacktestRequest {
  /** State folder. */
  readonly state: string;
  /** Times faster than the bars were; absent: as fast as they can be taken. */
  readonly speed?: number;
  readonly anew: boolean;
}

export const RUNS_FOLDER = join('.vela', 'runs');

export function readRequestOfRun(call: Call): RunRequest {
  const replay = call.list('replay');
  if (replay.length === 0) {
    throw usageError(
      'nothing says where the bars come from',
      'give `--replay` recorded candles, as in `vela run sma_cross.vela --replay candles.csv`',
    );
  }
  const list = (name: string) => call.list(name === 'data' ? 'replay' : name);
  const request = readRunRequest({ ...call, list }, 'run');
  const speed = speedOf(call);
  return {
    ...request,
    state: call.text('state') ?? join(RUNS_FOLDER, `${basename(request.file).replace(/\.[^.]+$/, '')}-replay`),
    anew: call.flag('new'),
    ...(speed !== undefined && { speed }),
  };
}

function speedOf(call: Call): number | undefined {
  const text = call.text('speed');
  if (text === undefined || text === 'max') return undefined;
  const speed = Number(text);
  if (speed > 0 && Number.isFinite(speed)) return speed;
  throw new CommandError('bad-value', `\`--speed ${text}\` is no speed`, {
    help: 'a number of times faster than the bars were, as in `--speed 60`; `max` for as fast as possible',
  });
}

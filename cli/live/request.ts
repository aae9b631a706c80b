/** What `vela run` was asked, read and checked before anything is opened. */
import { basename, join } from 'node:path';
import {
  type BacktestRequest,
  readRunRequest,
  readStrategyRequest,
  type StrategyRequest,
} from '../backtest/request.ts';
import type { Call } from '../command.ts';
import { CommandError, usageError } from '../errors.ts';

interface Kept {
  /** State folder. */
  readonly state: string;
  readonly anew: boolean;
}

/** Recorded bars. */
export interface ReplayRequest extends BacktestRequest, Kept {
  readonly mode: 'replay';
  /** Times faster than the bars were; absent: as fast as they can be taken. */
  readonly speed?: number;
}

/** A venue's bars as they close. */
export interface OnlineRequest extends StrategyRequest, Kept {
  readonly mode: 'paper' | 'live';
  /** Says what would be done, and does nothing. */
  readonly dry: boolean;
  /** What becomes of what a journal of another strategy holds; absent: such a journal is refused. */
  readonly adopt?: 'keep' | 'flatten';
}

export type RunRequest = ReplayRequest | OnlineRequest;

export const RUNS_FOLDER = join('.vela', 'runs');
/** What runs have seen of the market, for backtests and for the next run. */
export const CANDLES_FOLDER = join('.vela', 'candles');

/** Options that are about recorded bars. */
const OF_REPLAY = ['replay', 'speed', 'mark', 'funding', 'from', 'to', 'max-gap'] as const;

export function readRequestOfRun(call: Call): RunRequest {
  const isGiven = (name: string) => call.text(name) !== undefined || call.list(name).length > 0;
  const modes = [
    ...(isGiven('replay') ? (['replay'] as const) : []),
    ...(call.flag('paper') ? (['paper'] as const) : []),
    ...(call.flag('live') ? (['live'] as const) : []),
  ];
  const [mode, other] = modes;
  if (mode === undefined) {
    throw usageError(
      'nothing says where the bars come from',
      'give `--paper` for live bars with simulated fills, `--live` for real orders, or `--replay` recorded candles',
    );
  }
  if (other !== undefined)
    throw usageError(`\`--${mode}\` and \`--${other}\` are two different runs`, 'give one of them');
  if (mode === 'replay' && isGiven('adopt'))
    throw usageError('a rehearsal goes on with nothing', 'leave `--adopt` out, and give `--new` to begin it anew');
  if (mode === 'replay') return replayRequest(call);
  const [recorded] = OF_REPLAY.filter(isGiven);
  if (recorded !== undefined)
    throw usageError(
      `\`--${recorded}\` is about recorded candles`,
      `leave it out, or give \`--replay\` instead of \`--${mode}\``,
    );
  const request = readStrategyRequest(call, 'run');
  const adopt = adoptOf(call);
  return {
    ...request,
    ...keptOf(call, request.file, mode),
    mode,
    dry: call.flag('dry'),
    ...(adopt !== undefined && { adopt }),
  };
}

function replayRequest(call: Call): ReplayRequest {
  if (call.flag('dry')) throw usageError('a rehearsal sends nothing anyway', 'give `--dry` with `--live` or `--paper`');
  const list = (name: string) => call.list(name === 'data' ? 'replay' : name);
  const request = readRunRequest({ ...call, list }, 'run');
  const speed = speedOf(call);
  return {
    ...request,
    ...keptOf(call, request.file, 'replay'),
    mode: 'replay',
    ...(speed !== undefined && { speed }),
  };
}

function adoptOf(call: Call): OnlineRequest['adopt'] {
  const how = call.text('adopt');
  if (how === undefined || how === 'keep' || how === 'flatten') return how;
  throw usageError(`\`--adopt ${how}\` is nothing`, 'say `--adopt keep` or `--adopt flatten`');
}

function keptOf(call: Call, file: string, mode: RunRequest['mode']): Kept {
  const name = basename(file).replace(/\.[^.]+$/, '');
  const stated = call.text('state');
  if (stated === '') throw usageError('`--state` names no folder', 'is a shell variable not set?');
  return { state: stated ?? join(RUNS_FOLDER, `${name}-${mode}`), anew: call.flag('new') };
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

/**
 * Whether a run does what it should: ready, degraded, or stopped, and what to do about it. From what the run says of itself
 * and whether its process is there, so that it works when the run itself says nothing any more.
 */
import { isRunning, type RunFolder, readStatus, readStop, type StopOrder } from '../live/folder.ts';
import type { Degraded, RunStatus } from '../live/status.ts';
import { BUILT_IN, CAME_BACK, runbookOf, TOLD } from './built-in-alerts.ts';
import type { Condition } from './condition.ts';

export interface Health {
  readonly health: 'ready' | 'degraded' | 'stopped';
  readonly reasons: readonly Reason[];
}

export interface Reason {
  readonly code: string;
  readonly text: string;
  /** What a person should do. */
  readonly todo: string;
  readonly runbook: string;
  readonly symbol?: string;
}

/** What can be seen of a run from outside its process. */
export interface Sight {
  readonly status: RunStatus | undefined;
  readonly isRunning: boolean;
  readonly stop: StopOrder | undefined;
  readonly nowMs: number;
}

/** A run says every second that it is alive; after so long without a word it hangs. */
const SILENT_MS = 10_000;

export function sightOf(folder: RunFolder, nowMs: number): Sight {
  return { status: readStatus(folder), isRunning: isRunning(folder), stop: readStop(folder), nowMs };
}

export function healthOf({ status, isRunning: runs, stop, nowMs }: Sight): Health {
  if (!runs) return { health: 'stopped', reasons: [endOf(status)] };
  if (stop !== undefined) {
    const text = `stopped by ${stop.by}${stop.flatten ? ', positions closed' : ''}`;
    return { health: 'stopped', reasons: [reason('killed', text)] };
  }
  if (status === undefined) return { health: 'degraded', reasons: [STARTING] };
  const silentMs = nowMs - status.heartbeatMs;
  const reasons = [
    ...(silentMs > SILENT_MS ? [silent(silentMs)] : []),
    ...(status.state === 'starting' ? [startingOf(status)] : []),
    ...status.degraded.map(ofDegraded),
  ];
  return { health: reasons.length === 0 ? 'ready' : 'degraded', reasons };
}

const STARTING: Reason = {
  code: 'starting',
  text: 'it is starting: it recovers from its journal and compares with the venue',
  todo: 'wait; a long journal takes some seconds',
  runbook: runbookOf(CAME_BACK),
};

/** It says what it waits for, where that is not itself. */
function startingOf({ why }: RunStatus): Reason {
  if (why === undefined || why === null) return STARTING;
  return {
    ...STARTING,
    text: why,
    todo: 'nothing, if the venue or the network is down for a while: it tries again by itself, and what rests at the venue protects; look at both otherwise',
  };
}

function silent(silentMs: number): Reason {
  return {
    code: 'silent',
    text: `its process is there and has said nothing for ${Math.round(silentMs / 1000)} s`,
    todo: 'see what the machine is busy with; end the process (SIGTERM, then SIGKILL) and start the run again: it recovers by itself',
    runbook: runbookOf('slow process'),
  };
}

function endOf(status: RunStatus | undefined): Reason {
  if (status === undefined) {
    return { code: 'never ran', text: 'it never ran', todo: 'start it with `vela run`', runbook: runbookOf(CAME_BACK) };
  }
  const { state, why, heartbeatMs } = status;
  const at = new Date(heartbeatMs).toISOString();
  switch (state) {
    case 'ended':
      return {
        ...reason('killed', `it came to its end at ${at}`),
        code: 'ended',
        todo: 'nothing: all bars are played',
      };
    case 'failed':
      return reason('failed', `it failed at ${at}: ${why ?? 'the reason is not known'}`);
    case 'stopped':
      return {
        ...reason('killed', `${why ?? 'stopped'} at ${at}`),
        code: 'stopped',
        todo: 'start it again when it should go on',
      };
    case 'starting':
    case 'running':
      return {
        code: 'gone',
        text: `its process is gone; it was last alive at ${at}`,
        todo: 'start it again: it recovers by itself; stops at the venue still work meanwhile',
        runbook: TOLD[CAME_BACK].runbook ?? '',
      };
  }
}

function ofDegraded({ code, text, symbol }: Degraded): Reason {
  const rule = BUILT_IN.find(({ condition }) => tellsOf(condition, code));
  return { ...reason(rule?.name ?? code, text), code, ...(symbol !== undefined && { symbol }) };
}

function tellsOf(condition: Condition, code: string): boolean {
  return condition.kind === 'trouble' && condition.word === code;
}

function reason(name: string, text: string): Reason {
  const rule = BUILT_IN.find(known => known.name === name);
  return { code: name, text, todo: rule?.todo ?? 'see the log', runbook: runbookOf(name) };
}

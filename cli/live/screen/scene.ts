/**
 * What there is to show of a run: what it says of itself, whether somebody stopped it, whether its process is there, its
 * log. Read from the state folder by `watch.ts`; everything that draws only sees this.
 */
import type { StopOrder } from '../../../runtime/live/folder.ts';
import type { RunStatus } from '../../../runtime/live/status.ts';
import { age, instant } from './figures.ts';
import type { Tone } from './line.ts';
import type { LogEntry } from './log-lines.ts';

export interface Scene {
  /** Name under `.vela/runs`, or path. */
  readonly name: string;
  readonly status?: RunStatus;
  readonly stop?: StopOrder;
  /** Whether a process holds the folder. */
  readonly isAlive: boolean;
  readonly log: readonly LogEntry[];
  /** How many runs there are to switch between. */
  readonly runs: number;
  readonly nowMs: number;
}

/** In one word, and in a sentence that says why or what to do. */
export interface Condition {
  readonly word: string;
  readonly tone: Tone;
  readonly text?: string;
}

/** A run says every second that it is alive. */
const SILENT_MS = 5000;

export function conditionOf({ status, stop, isAlive, nowMs }: Scene): Condition {
  if (status === undefined)
    return isAlive
      ? { word: 'STARTING', tone: 'accent', text: 'it has said nothing of itself yet' }
      : { word: 'NO RUN', tone: 'bad', text: 'nothing runs here, and nothing here says how it was' };
  if (!isAlive) return endOf(status);
  const silentMs = nowMs - status.heartbeatMs;
  if (silentMs > SILENT_MS)
    return {
      word: `SILENT ${age(silentMs)}`,
      tone: 'alarm',
      text: 'its process is there and says nothing: it may hang; its orders at the venue stay as they are',
    };
  if (stop !== undefined) {
    const by = `by ${stop.by}${stop.flatten ? ', positions are closed' : ', protection stays'}`;
    return status.state === 'stopped'
      ? { word: 'STOPPED', tone: 'warning', text: `${by}; p lets it go on` }
      : { word: 'STOPPING', tone: 'warning', text: by };
  }
  if (status.state === 'starting') return { word: 'STARTING', tone: 'accent' };
  if (status.state === 'stopped') return { word: 'GOING ON', tone: 'accent', text: status.why ?? '' };
  if (status.state === 'failed') return { word: 'FAILED', tone: 'alarm', text: status.why ?? '' };
  if (status.degraded.length > 0) return { word: 'DEGRADED', tone: 'warning' };
  return status.state === 'ended' ? { word: 'ENDING', tone: 'accent' } : { word: 'RUNNING', tone: 'good' };
}

function endOf({ state, why, heartbeatMs }: RunStatus): Condition {
  const at = `at ${instant(heartbeatMs)} UTC`;
  switch (state) {
    case 'ended':
      return { word: 'ENDED', tone: 'accent', text: `it came to its end ${at}` };
    case 'failed':
      return {
        word: 'FAILED',
        tone: 'alarm',
        text: `${why ?? 'for an unknown reason'}, ${at}; its orders at the venue stay`,
      };
    case 'stopped':
      return { word: 'STOPPED', tone: 'warning', text: `${why ?? 'by a person'}, its process ended ${at}` };
    case 'starting':
    case 'running':
      return {
        word: 'GONE',
        tone: 'alarm',
        text: `its process ended without a word; last alive ${at}. Start it again with the same words: it recovers by itself`,
      };
  }
}

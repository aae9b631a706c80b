/** `vela health`: ready, degraded (why), or stopped (why), from what a run says of itself and whether it is there. */
import { isRunning, type RunFolder, readStatus, readStop } from '../../runtime/live/folder.ts';
import type { RunStatus } from '../../runtime/live/status.ts';
import { isoInstant } from '../json.ts';
import type { Paint } from '../terminal.ts';

export interface Health {
  readonly folder: string;
  readonly health: 'ready' | 'degraded' | 'stopped';
  readonly why?: string;
  readonly status?: RunStatus;
}

/** A run says every second that it is alive; after so long without a word it hangs. */
const SILENT_MS = 10_000;

export function healthOf(folder: RunFolder, nowMs: number): Health {
  const status = readStatus(folder);
  const common = { folder: folder.path, ...(status !== undefined && { status }) };
  if (!isRunning(folder)) {
    const why = status === undefined ? 'it never ran' : endOf(status);
    return { ...common, health: 'stopped', why };
  }
  if (status === undefined) return { ...common, health: 'degraded', why: 'it has said nothing yet' };
  const stop = readStop(folder);
  if (stop !== undefined)
    return { ...common, health: 'stopped', why: `stopped by ${stop.by}; \`vela stop --reset\` lets it go on` };
  const silentMs = nowMs - status.heartbeatMs;
  if (silentMs > SILENT_MS)
    return { ...common, health: 'degraded', why: `silent for ${Math.round(silentMs / 1000)} s` };
  if (status.degraded.length > 0)
    return { ...common, health: 'degraded', why: status.degraded.map(({ text }) => text).join('; ') };
  return { ...common, health: 'ready' };
}

function endOf({ state, why, heartbeatMs }: RunStatus): string {
  const at = isoInstant(heartbeatMs);
  if (state === 'ended') return `it came to its end at ${at}`;
  if (state === 'failed') return `it failed at ${at}: ${why ?? 'unknown'}`;
  if (state === 'stopped') return `${why ?? 'stopped'} at ${at}`;
  return `its process is gone; it was last alive at ${at}. Start it again: it recovers by itself`;
}

export function healthText({ folder, health, why, status }: Health, paint: Paint): string {
  const colour = health === 'ready' ? 'green' : health === 'degraded' ? 'yellow' : 'red';
  const facts =
    status === undefined
      ? ''
      : `  ${status.strategy}: equity ${status.equity} ${status.currency}, ${positions(status)}, ${status.orders.length} orders\n`;
  return `${paint(colour, health)}  ${folder}${why === undefined ? '' : `: ${why}`}\n${facts}`;
}

function positions({ instruments }: RunStatus): string {
  return instruments.map(({ symbol, position }) => `${symbol} ${position}`).join(', ');
}

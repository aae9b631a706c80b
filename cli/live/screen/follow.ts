/** `vela top` where there is no terminal to draw on: the log as it grows, and once a minute how the run stands. */
import { setTimeout as sleep } from 'node:timers/promises';
import { clockTime, money, price, signedPercent } from './figures.ts';
import { textOf } from './line.ts';
import { type LogEntry, lineOfEntry } from './log-lines.ts';
import { conditionOf, type Scene } from './scene.ts';
import type { Watch } from './watch.ts';

const LOOK_EVERY_MS = 500;
const STATUS_EVERY_MS = 60_000;

export interface FollowParts {
  readonly watch: Watch;
  readonly say: (line: string) => void;
  /** Ends the following, never the run. */
  readonly enough: AbortSignal;
}

/** Returns when the run is over, or when it is enough. */
export async function follow({ watch, say, enough }: FollowParts): Promise<void> {
  const tell = (line: string) => say(`${line}\n`);
  let told: LogEntry | undefined;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let word = '';
  while (!enough.aborted) {
    const scene = watch.look(1);
    // Nothing of an old log: what comes from now on.
    const fresh = told === undefined ? scene.log.slice(-1) : scene.log.slice(scene.log.indexOf(told) + 1);
    for (const entry of fresh) tell(textOf(lineOfEntry(entry)));
    told = scene.log.at(-1);
    const condition = conditionOf(scene);
    const kind = condition.word.split(' ')[0] ?? '';
    if (kind !== word || scene.nowMs - toldAtMs >= STATUS_EVERY_MS) {
      tell(standing(scene));
      [word, toldAtMs] = [kind, scene.nowMs];
    }
    if (!scene.isAlive) return;
    await sleep(LOOK_EVERY_MS, undefined, { signal: enough }).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
  }
}

/** `14:05:09 RUNNING equity 10 412.33 USDT (+4.12 %), BTC/USDT long 0.02, 2 orders`. */
export function standing(scene: Scene): string {
  const { status, nowMs } = scene;
  const { word, text } = conditionOf(scene);
  const why = text === undefined || text === '' ? '' : `: ${text}`;
  if (status === undefined) return `${clockTime(nowMs)} ${word}${why}`;
  const held = status.instruments
    .filter(({ position }) => position !== 0)
    .map(({ symbol, position }) => `${symbol} ${position > 0 ? 'long' : 'short'} ${price(Math.abs(position))}`);
  const parts = [
    `equity ${money(status.equity)} ${status.currency} (${signedPercent(status.equity / status.capital - 1)})`,
    held.length === 0 ? 'flat' : held.join(', '),
    `${status.orders.length} orders`,
    ...status.degraded.map(({ code, text: what }) => `${code}: ${what}`),
  ];
  return `${clockTime(nowMs)} ${word}${why} — ${parts.join(', ')}`;
}

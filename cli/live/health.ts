/** `vela health`: ready, degraded (why, and what to do), or stopped (why), from the state folder of a run alone. */
import type { RunFolder } from '../../runtime/live/folder.ts';
import { whereOf } from '../../runtime/live/status.ts';
import { type Health, healthOf, type Reason, sightOf } from '../../runtime/monitor/health.ts';
import { formatNumber } from '../../runtime/report/format.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import { isoInstant } from '../json.ts';
import type { Paint } from '../terminal.ts';

/** So that a shell, a container and a service manager can tell; as monitoring plug-ins have it. */
export const HEALTH_EXIT: Readonly<Record<Health['health'], ExitCode>> = { ready: EXIT.done, degraded: 1, stopped: 2 };

export interface RunHealth extends Health {
  readonly folder: string;
  /** In few words, for a person; empty when it is ready. */
  readonly facts: readonly string[];
}

export function runHealth(folder: RunFolder, nowMs: number): RunHealth {
  const sight = sightOf(folder, nowMs);
  return { folder: folder.path, ...healthOf(sight), facts: factsOf(sight.status) };
}

function factsOf(status: ReturnType<typeof sightOf>['status']): readonly string[] {
  if (status === undefined) return [];
  const { strategy, mode, currency, equity, orders, instruments, limits, lastBarMs } = status;
  const held = instruments.filter(({ position }) => position !== 0);
  const halting = limits.filter(({ isHalted }) => isHalted).map(({ name }) => name);
  const positions = held.map(({ symbol, position }) => `${symbol} ${formatNumber(position, 8)}`).join(', ');
  return [
    `${strategy}, ${mode} on ${whereOf(status)}`,
    `equity ${formatNumber(equity, 2)} ${currency}, ${positions === '' ? 'flat' : positions}, ${orders.length} orders open`,
    ...(halting.length === 0 ? [] : [`entries halted by ${halting.join(', ')}`]),
    ...(lastBarMs === null ? [] : [`last bar of ${isoInstant(lastBarMs)}`]),
  ];
}

export function healthText({ folder, health, reasons, facts }: RunHealth, paint: Paint): string {
  const colour = health === 'ready' ? 'green' : health === 'degraded' ? 'yellow' : 'red';
  return [
    `${paint(colour, health)}  ${folder}`,
    ...reasons.flatMap(reason => reasonLines(reason, paint)),
    ...facts.map(fact => `  ${fact}`),
    '',
  ].join('\n');
}

function reasonLines({ code, text, todo, runbook, symbol }: Reason, paint: Paint): readonly string[] {
  const of = symbol === undefined ? '' : ` ${symbol}`;
  return [`  ${paint('bold', `${code}${of}`)}: ${text}`, `    ${todo}`, `    ${paint('dim', runbook)}`];
}

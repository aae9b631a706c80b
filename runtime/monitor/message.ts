/** What a person is told: one shape for all sinks. */
import { type RunStatus, whereOf } from '../live/status.ts';

export type Severity = 'info' | 'warning' | 'critical';
export const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];

export type SinkName = 'log' | 'webhook' | 'telegram';
export const SINKS: readonly SinkName[] = ['log', 'webhook', 'telegram'];

/** Which run speaks. */
export type Speaker = Pick<RunStatus, 'strategy' | 'mode' | 'venue' | 'account'>;

export interface Message {
  /** `resolved`: what an earlier alert told of is over. `report`: of a day. */
  readonly kind: 'alert' | 'resolved' | 'report';
  readonly rule: string;
  readonly severity: Severity;
  /** What is the matter, and what to do about it. */
  readonly text: string;
  readonly todo?: string;
  /** A section of the runbooks. */
  readonly runbook?: string;
  /** What the run has done by itself about it. */
  readonly done?: string;
  readonly value?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly run: Speaker;
  readonly timeMs: number;
  /** Of a report: all of it. */
  readonly report?: object;
}

/** As a person reads it. */
export function messageText({ kind, severity, rule, text, todo, runbook, done, run }: Message): string {
  const head = kind === 'alert' ? severity.toUpperCase() : kind === 'resolved' ? 'OVER' : 'REPORT';
  const lines = [
    `${head} ${rule}: ${run.strategy} (${run.mode}, ${whereOf(run)})`,
    text,
    done,
    todo === undefined ? undefined : `What to do: ${todo}`,
    runbook === undefined ? undefined : `Runbook: ${runbook}`,
  ];
  return lines.filter(line => line !== undefined && line !== '').join('\n');
}

/** As a program reads it. */
export function messageJson({ timeMs, report, ...rest }: Message): object {
  return { format: 1, ...rest, time: new Date(timeMs).toISOString(), ...(report !== undefined && { report }) };
}

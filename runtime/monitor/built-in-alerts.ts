/**
 * What must never be silent, whatever the configuration says: rules that every run has. An entry of `system.alerts` with
 * the name of one of them changes its severity, times, sinks, words or action; none can be taken away. Each has a section in
 * docs/runbooks.md under its name.
 */
import type { AlertRule, RuleHead } from './alerts.ts';
import { durationMs, parseCondition } from './condition.ts';
import type { Severity } from './message.ts';

interface BuiltIn {
  readonly name: string;
  readonly when: string;
  readonly for?: string;
  readonly severity: Severity;
  readonly coolDown: string;
  readonly todo: string;
}

const TABLE: readonly BuiltIn[] = [
  {
    name: 'unprotected',
    when: 'unprotected',
    severity: 'critical',
    coolDown: '5m',
    todo: 'look at the position at the venue; close it there or set a stop by hand if the run has not within a few seconds',
  },
  {
    name: 'unknown order',
    when: 'unknown order',
    for: '60s',
    severity: 'critical',
    coolDown: '10m',
    todo: 'look for the order at the venue by its client id, then say what became of it: `vela resolve ORDER filled|never`',
  },
  {
    name: 'stale data',
    when: 'stale',
    for: '30s',
    severity: 'warning',
    coolDown: '15m',
    todo: 'see whether the venue is up and this machine is online; nothing is decided meanwhile, stops at the venue still work',
  },
  {
    name: 'disconnected',
    when: 'disconnected',
    for: '60s',
    severity: 'warning',
    coolDown: '15m',
    todo: 'see whether the venue is up and this machine is online; the run reconnects by itself',
  },
  {
    name: 'blind',
    when: 'blind',
    severity: 'critical',
    coolDown: '15m',
    todo: "leave it: calls during a ban make it longer; watch the position in the venue's own app until the run sees again",
  },
  {
    name: 'clock',
    when: 'clock',
    for: '60s',
    severity: 'warning',
    coolDown: '30m',
    todo: 'see that this machine keeps its time (`timedatectl`); entries wait until the clock is measured again',
  },
  {
    name: 'foreign',
    when: 'foreign',
    severity: 'critical',
    coolDown: '30m',
    todo: 'find out who traded in the account; then `vela adopt INSTRUMENT` or `vela release INSTRUMENT`',
  },
  {
    name: 'not trading',
    when: 'not trading',
    severity: 'warning',
    coolDown: '1h',
    todo: "read the venue's announcements for the market; a position must be closed before a delisting",
  },
  {
    name: 'claimed twice',
    when: 'claimed twice',
    severity: 'critical',
    coolDown: '10m',
    todo: "end one of the two runs: an account's instrument belongs to one run at a time",
  },
  {
    name: 'disk',
    when: 'disk',
    severity: 'critical',
    coolDown: '10m',
    todo: 'make room on the disk of the state folder now: entries wait, protection uses a reserve',
  },
  {
    name: 'disk space',
    when: 'free_disk < 500MB',
    for: '10s',
    severity: 'warning',
    coolDown: '6h',
    todo: 'make room on the disk of the state folder before it is full',
  },
  {
    name: 'model',
    when: 'model',
    for: '60s',
    severity: 'warning',
    coolDown: '1h',
    todo: 'see the log for why the model does not answer; the strategy goes on as its `on_failure` says',
  },
  {
    name: 'rejects',
    when: 'rejects in 10m > 5',
    severity: 'warning',
    coolDown: '30m',
    todo: 'read in the log why the venue refuses orders: funds, permissions of the key, or rules of the market',
  },
  {
    name: 'errors',
    when: 'errors in 10m > 20',
    severity: 'warning',
    coolDown: '1h',
    todo: 'read in the log which calls fail and why; orders that matter are tried again or looked up by themselves',
  },
  {
    name: 'limit',
    when: 'limit_halted > 0',
    severity: 'warning',
    coolDown: '1d',
    todo: 'nothing at once: the limit does what it is for; see whether the day that led to it was one that you expected',
  },
  {
    name: 'slow process',
    when: 'event_loop_lag(0.99) > 1s',
    for: '30s',
    severity: 'warning',
    coolDown: '1h',
    todo: 'see what else this machine is busy with: orders leave late',
  },
  {
    name: 'killed',
    when: 'killed',
    severity: 'warning',
    coolDown: '1d',
    todo: 'find out why it was stopped; `vela stop --reset` lets it go on',
  },
  {
    name: 'failed',
    when: 'failed',
    severity: 'critical',
    coolDown: '1m',
    todo: 'mend what the message names, then start the run again: it recovers by itself; stops at the venue still work',
  },
];

/** When a process finds that the one before it did not end in order. */
export const CAME_BACK = 'came back';
/** `when … alert "text"` of the strategy. */
export const STRATEGY = 'strategy';
/** What the run itself calls an alert and no other rule tells of. */
export const NOTICE = 'notice';

export const BUILT_IN: readonly AlertRule[] = [
  ...TABLE.map(({ name, when, for: time = '0s', severity, coolDown, todo }) => ({
    name,
    condition: parseCondition(when),
    forMs: durationMs(time),
    severity,
    coolDownMs: durationMs(coolDown),
    todo,
    runbook: runbookOf(name),
  })),
];

/** Rules that no condition sets off. */
export type Told = Readonly<Record<typeof CAME_BACK | typeof STRATEGY | typeof NOTICE, RuleHead>>;
export const TOLD: Told = {
  [CAME_BACK]: {
    name: CAME_BACK,
    forMs: 0,
    severity: 'warning',
    coolDownMs: 0,
    todo: 'see that orders and positions are as they should be, and why the process ended (memory, power, a restart of the machine)',
    runbook: runbookOf(CAME_BACK),
  },
  [STRATEGY]: {
    name: STRATEGY,
    forMs: 0,
    severity: 'info',
    coolDownMs: 0,
    todo: 'what the strategy was written to be told of',
    runbook: runbookOf(STRATEGY),
  },
  [NOTICE]: {
    name: NOTICE,
    forMs: 0,
    severity: 'warning',
    coolDownMs: durationMs('10m'),
    todo: 'read the log around this time',
    runbook: runbookOf(NOTICE),
  },
};

/** Notices that one of the rules tells of, in its own time. */
export function isToldOtherwise(what: string): boolean {
  return what.startsWith('degraded: ') || TOLD_OTHERWISE.has(what);
}

const TOLD_OTHERWISE: ReadonlySet<string> = new Set([
  'stopped',
  'no bar by its deadline',
  'order unknown',
  'venue blind',
  'foreign order',
  'foreign position',
  'order done twice',
  'order of another run',
]);

export function runbookOf(name: string): string {
  return `docs/runbooks.md#${name.replaceAll(' ', '-')}`;
}

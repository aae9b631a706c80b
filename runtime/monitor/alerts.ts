/**
 * Alert rules held against a run, second by second. A rule speaks when its condition has held for its time, again after
 * each cool-down for as long as it holds, and once when it is over; between two alerts of one rule at least the cool-down
 * passes, however often it comes and goes. What has been said is remembered over restarts.
 */
import type { Notice } from '../live/run.ts';
import type { RunStatus } from '../live/status.ts';
import { type Condition, type Finding, type Watch, watchOf } from './condition.ts';
import type { Message, Severity, SinkName, Speaker } from './message.ts';

/** The kill switch: `stop` ends entries, `flatten` closes positions at market too. */
export type AlertAction = 'stop' | 'flatten';

/** What is told, how loud and to whom. */
export interface RuleHead {
  readonly name: string;
  readonly forMs: number;
  readonly severity: Severity;
  readonly coolDownMs: number;
  /** Instead of the run's own words. */
  readonly message?: string;
  readonly todo?: string;
  readonly runbook?: string;
  /** All that are set up, unless stated; the log hears of everything. */
  readonly sinks?: readonly SinkName[];
  readonly action?: AlertAction;
}

export interface AlertRule extends RuleHead {
  readonly condition: Condition;
}

/** What follows from a look. */
export interface Alert {
  readonly rule: RuleHead;
  readonly message: Message;
  /** Only when it begins, so that a person who lets the run go on is not overruled. */
  readonly action?: AlertAction;
}

/** Wall-clock times, so that they mean something after a restart. */
export interface KeptRule {
  /** Since when the condition holds; absent: it does not. */
  readonly sinceMs?: number;
  readonly toldMs?: number;
  /** What was told is not over yet. */
  readonly isTold: boolean;
  /** The action was taken, and the condition has held since. */
  readonly hasActed: boolean;
}
export type KeptAlerts = Readonly<Record<string, KeptRule>>;

const UNTOLD: KeptRule = { isTold: false, hasActed: false };

export class Alerts {
  readonly #rules: readonly { readonly rule: AlertRule; readonly watch: Watch }[];
  #kept: Record<string, KeptRule>;

  constructor(rules: readonly AlertRule[], kept: KeptAlerts = {}) {
    this.#rules = rules.map(rule => ({ rule, watch: watchOf(rule.condition) }));
    this.#kept = { ...kept };
  }

  /** What is to be kept for the next process. */
  get kept(): KeptAlerts {
    return this.#kept;
  }

  /** `nowMs`: wall clock. `clockMs`: one that never goes back. */
  look(status: RunStatus, nowMs: number, clockMs: number): readonly Alert[] {
    return this.#rules.flatMap(({ rule, watch }) => {
      const findings = watch.look(status, clockMs);
      const { kept, alert } = step(rule, this.#kept[rule.name] ?? UNTOLD, findings, status, nowMs);
      if (kept.sinceMs === undefined && kept.toldMs === undefined) delete this.#kept[rule.name];
      else this.#kept[rule.name] = kept;
      return alert === undefined ? [] : [alert];
    });
  }

  /** What only a notice tells of; `rule`: that for such notices. */
  hear({ what, facts = {} }: Notice, rule: RuleHead, speaker: Speaker, nowMs: number): Alert | undefined {
    const name = `${rule.name} ${what}`;
    const { toldMs } = this.#kept[name] ?? UNTOLD;
    if (toldMs !== undefined && nowMs - toldMs < rule.coolDownMs) return undefined;
    this.#kept[name] = { toldMs: nowMs, isTold: false, hasActed: false };
    const words = Object.entries(facts).map(([fact, value]) => `${fact} ${value}`);
    const text = words.length === 0 ? what : `${what} (${words.join(', ')})`;
    return told(rule, text, speaker, nowMs);
  }
}

/** An alert that no condition has set off. */
export function told(rule: RuleHead, text: string, speaker: Speaker, nowMs: number): Alert {
  const message = messageOf('alert', rule, [{ text, labels: {} }], speaker, nowMs);
  const { action } = rule;
  return action === undefined ? { rule, message } : { rule, message: { ...message, done: DONE[action] }, action };
}

function step(
  rule: AlertRule,
  kept: KeptRule,
  findings: readonly Finding[],
  status: RunStatus,
  nowMs: number,
): { readonly kept: KeptRule; readonly alert?: Alert } {
  const { toldMs } = kept;
  const before = toldMs === undefined ? {} : { toldMs };
  if (findings.length === 0) {
    const after: KeptRule = { ...before, isTold: false, hasActed: false };
    if (!kept.isTold) return { kept: after };
    return { kept: after, alert: { rule, message: messageOf('resolved', rule, [], status, nowMs) } };
  }
  // A clock that was set back does not hold an alert up.
  const sinceMs = Math.min(kept.sinceMs ?? nowMs, nowMs);
  const waiting: KeptRule = { ...kept, sinceMs };
  if (nowMs - sinceMs < rule.forMs) return { kept: waiting };
  const acts = rule.action !== undefined && !kept.hasActed;
  const isCool = toldMs !== undefined && nowMs >= toldMs && nowMs - toldMs < rule.coolDownMs;
  if (isCool && !acts) return { kept: waiting };
  const message = messageOf('alert', rule, findings, status, nowMs);
  return {
    kept: { sinceMs, toldMs: nowMs, isTold: true, hasActed: kept.hasActed || acts },
    alert: {
      rule,
      message: acts ? { ...message, done: DONE[rule.action ?? 'stop'] } : message,
      ...(acts && { action: rule.action }),
    },
  };
}

const DONE: Readonly<Record<AlertAction, string>> = {
  stop: 'The run has been stopped: no entries any more; protection stays. `vela stop --reset` lets it go on.',
  flatten: 'The run has been stopped and its positions are being closed. `vela stop --reset` lets it go on.',
};

/** A message may be a sentence of its own. */
function joined(message = '', words: string): string {
  if (message === '' || words === '') return message + words;
  return `${message}${/[.!?…:]$/.test(message) ? ' ' : ': '}${words}`;
}

function messageOf(
  kind: Message['kind'],
  rule: RuleHead,
  findings: readonly Finding[],
  { strategy, mode, venue, account }: Speaker,
  timeMs: number,
): Message {
  const [first] = findings;
  const words = findings.map(({ text }) => text).join('; ');
  const text = kind === 'resolved' ? 'it is over' : joined(rule.message, words);
  const { todo, runbook } = rule;
  return {
    kind,
    rule: rule.name,
    severity: rule.severity,
    text,
    ...(kind === 'alert' && todo !== undefined && { todo }),
    ...(kind === 'alert' && runbook !== undefined && { runbook }),
    ...(first?.value !== undefined && { value: first.value }),
    ...(first !== undefined && { labels: first.labels }),
    run: { strategy, mode, venue, account },
    timeMs,
  };
}

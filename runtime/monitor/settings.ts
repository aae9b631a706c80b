/**
 * What `system.monitoring` and `system.alerts` ask for, read and checked before a run begins: a rule that cannot be
 * understood, or a secret that is not there, must not be found out in the night.
 */
import type { AlertDocument, MonitoringDocument } from '../../language/check/configuration.ts';
import { mostSimilar } from '../../language/syntax/similar.ts';
import { LiveError } from '../live/errors.ts';
import type { AlertRule, RuleHead } from './alerts.ts';
import { BUILT_IN, runbookOf, TOLD, type Told } from './built-in-alerts.ts';
import { ConditionError, durationMs, parseCondition } from './condition.ts';
import type { SinkName } from './message.ts';
import { readSecret } from './secrets.ts';
import { isSafeAddress } from './sinks.ts';

export interface MonitorSettings {
  readonly endpoint?: { readonly listen: string; readonly isPublic: boolean; readonly token: string };
  readonly webhook?: { readonly url: string };
  readonly telegram?: { readonly api: string; readonly token: string; readonly chat: string };
  readonly rules: readonly AlertRule[];
  /** Rules that no condition sets off. */
  readonly told: Told;
  readonly reportTo: readonly SinkName[];
  /** What must never be written anywhere. */
  readonly secrets: readonly string[];
}

const TELEGRAM = 'https://api.telegram.org';

/** Throws a `LiveError` `monitoring` that names the entry. */
export function monitorSettings(
  monitoring: MonitoringDocument,
  alerts: readonly AlertDocument[],
  environment: Readonly<Record<string, string | undefined>>,
): MonitorSettings {
  const endpoint = endpointOf(monitoring, environment);
  const webhook = webhookOf(monitoring, environment);
  const telegram = telegramOf(monitoring, environment);
  const set: Readonly<Record<SinkName, boolean>> = {
    log: true,
    webhook: webhook !== undefined,
    telegram: telegram !== undefined,
  };
  const { daily_report: reportTo = [] } = monitoring;
  refuseUnset(reportTo, set, '`system.monitoring.daily_report`');
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(webhook !== undefined && { webhook }),
    ...(telegram !== undefined && { telegram }),
    ...rulesOf(alerts, set),
    reportTo,
    secrets: [
      ...(endpoint === undefined ? [] : [endpoint.token]),
      // The address of a webhook is often all that it takes to write to it.
      ...(webhook === undefined ? [] : [webhook.url]),
      ...(telegram === undefined ? [] : [telegram.token]),
    ],
  };
}

/** Who watches, in words. */
export function watchText({ endpoint, webhook, telegram, rules }: MonitorSettings): string {
  const sinks = ['the log', ...(webhook ? ['a webhook'] : []), ...(telegram ? ['a Telegram chat'] : [])];
  const own = rules.length - BUILT_IN.length;
  const ofOwn = own === 0 ? 'the built-in rules' : `the built-in rules and ${own} of your own`;
  const asked = endpoint === undefined ? 'it cannot be asked over HTTP' : `it can be asked at ${endpoint.listen}`;
  return `${sinks.join(', ')}, by ${ofOwn}; ${asked}`;
}

function endpointOf(
  { listen, public: isPublic = false, token_file: file }: MonitoringDocument,
  environment: Readonly<Record<string, string | undefined>>,
): MonitorSettings['endpoint'] {
  if (listen === undefined) return undefined;
  const what = 'the token of `system.monitoring.listen`';
  const token = readSecret({ what, variable: 'VELA_MONITOR_TOKEN', file }, environment);
  if (token.length >= SHORTEST_TOKEN) return { listen, isPublic, token };
  const help = 'take a random one, as `openssl rand -hex 24` gives';
  throw new LiveError('monitoring', `${what} is shorter than ${SHORTEST_TOKEN} characters`, help);
}

/** A token that can be guessed is none. */
const SHORTEST_TOKEN = 16;

function webhookOf(
  { webhook }: MonitoringDocument,
  environment: Readonly<Record<string, string | undefined>>,
): MonitorSettings['webhook'] {
  if (webhook === undefined) return undefined;
  const what = 'the address of `system.monitoring.webhook`';
  const place = { what, variable: 'VELA_WEBHOOK_URL', file: webhook.url_file };
  return { url: safe(webhook.url ?? readSecret(place, environment), what) };
}

function telegramOf(
  { telegram }: MonitoringDocument,
  environment: Readonly<Record<string, string | undefined>>,
): MonitorSettings['telegram'] {
  if (telegram === undefined) return undefined;
  const { chat, api = TELEGRAM, token_file: file } = telegram;
  const place = { what: 'the token of `system.monitoring.telegram`', variable: 'VELA_TELEGRAM_TOKEN', file };
  const token = readSecret(place, environment);
  return { api: safe(api, '`system.monitoring.telegram.api`'), token, chat: String(chat) };
}

function safe(url: string, what: string): string {
  if (isSafeAddress(url)) return url;
  const help = 'use `https://`; plain `http://` goes only to this machine or the network that it stands in';
  throw new LiveError('monitoring', `${what} is not safe to send to`, help);
}

// ---------------------------------------------------------------- rules

/** The built-in rules, changed where an entry has their name, and those of the document. */
function rulesOf(
  alerts: readonly AlertDocument[],
  set: Readonly<Record<SinkName, boolean>>,
): Pick<MonitorSettings, 'rules' | 'told'> {
  const rules = new Map(BUILT_IN.map(rule => [rule.name, rule]));
  const told: Record<keyof Told, RuleHead> = { ...TOLD };
  const names = new Set<string>();
  for (const [index, alert] of alerts.entries()) {
    const name = alert.name ?? alert.when;
    const place = `\`system.alerts\`, rule ${index + 1}${name === undefined ? '' : ` (${name})`}`;
    if (name === undefined) throw refused(`${place} has no \`when\``, WHEN_HELP);
    if (names.has(name)) throw refused(`${place}: there is another of this name`, 'give it a `name` of its own');
    names.add(name);
    refuseUnset(alert.sinks ?? [], set, place);
    if (isTold(name)) told[name] = changed(told[name], alert, place);
    else rules.set(name, ruleOf(name, alert, rules.get(name), place));
  }
  return { rules: [...rules.values()], told };
}

const WHEN_HELP = 'write a condition, as in `when: drawdown > 10%`, or the `name` of a built-in rule';

function isTold(name: string): name is keyof Told {
  return Object.hasOwn(TOLD, name);
}

function ruleOf(name: string, alert: AlertDocument, builtIn: AlertRule | undefined, place: string): AlertRule {
  if (builtIn !== undefined) return { ...changed(builtIn, alert, place), condition: builtIn.condition };
  const { when, ...rest } = alert;
  if (when === undefined) throw refused(`${place} has no \`when\``, noWhen(name));
  return { ...changed({ ...OWN, name }, rest, place), condition: understood(place, () => parseCondition(when)) };
}

/** A rule of a document, where it says nothing. */
const OWN: Omit<RuleHead, 'name'> = {
  forMs: 0,
  severity: 'warning',
  coolDownMs: 3_600_000,
  runbook: runbookOf('rules of your own'),
};

function changed(rule: RuleHead, alert: AlertDocument, place: string): RuleHead {
  const { when, for: time, severity, cool_down: coolDown, message, sinks, action } = alert;
  if (when !== undefined)
    throw refused(`${place} is built in and keeps its condition`, 'give your rule another `name`');
  return {
    ...rule,
    ...(time !== undefined && { forMs: understood(place, () => durationMs(time)) }),
    ...(severity !== undefined && { severity }),
    ...(coolDown !== undefined && { coolDownMs: understood(place, () => durationMs(coolDown)) }),
    ...(message !== undefined && { message }),
    ...(sinks !== undefined && { sinks }),
    ...(action !== undefined && { action }),
  };
}

function understood<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    throw refused(`${place}: ${error.message}`, 'docs/metrics.md lists metrics, units and troubles');
  }
}

function noWhen(name: string): string {
  const similar = mostSimilar(name, [...BUILT_IN.map(rule => rule.name), ...Object.keys(TOLD)]);
  return similar === undefined ? WHEN_HELP : `did you mean the built-in rule \`${similar}\`?`;
}

function refused(message: string, help: string): LiveError {
  return new LiveError('monitoring', message, help);
}

function refuseUnset(sinks: readonly SinkName[], set: Readonly<Record<SinkName, boolean>>, place: string): void {
  const missing = sinks.find(sink => !set[sink]);
  if (missing === undefined) return;
  throw new LiveError(
    'monitoring',
    `${place} tells ${missing}, which is not set up`,
    `set up \`system.monitoring.${missing}\``,
  );
}

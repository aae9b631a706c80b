/**
 * What looks after a run while nobody does: its metrics and health over HTTP, alert rules, the report of each day. It goes
 * along with the run and reads its status; the one thing it can do to it is to pull the kill switch, as a person would.
 * Nothing that fails here stops the run, and nothing here waits for a network.
 */
import { ANNOUNCED } from '../live/announcements.ts';
import type { Companion, SessionView } from '../live/companion.ts';
import { readStatus, readStop, writeStop } from '../live/folder.ts';
import type { Notice } from '../live/run.ts';
import type { RunStatus } from '../live/status.ts';
import { type Alert, type AlertAction, Alerts, type RuleHead, told } from './alerts.ts';
import { CAME_BACK, isToldOtherwise, NOTICE, STRATEGY } from './built-in-alerts.ts';
import { type DayReport, dayText } from './day.ts';
import { DayBook } from './day-book.ts';
import { type Delivery, openDelivery } from './delivery.ts';
import { type Endpoint, openEndpoint, type Page } from './endpoint.ts';
import { healthOf } from './health.ts';
import { readKept, writeKept, writeReport } from './kept.ts';
import type { Log, LogLevel } from './log.ts';
import type { Message, Severity, Speaker } from './message.ts';
import type { MetricsText } from './metrics.ts';
import type { MonitorSettings } from './settings.ts';
import { telegramSink, webhookSink } from './sinks.ts';

export interface MonitorParts {
  readonly settings: MonitorSettings;
  readonly log: Pick<Log, 'write'>;
  /** Takes secrets out of what leaves. */
  readonly blot: (text: string) => string;
}

/** What is said of a day that goes on is written so often, and so is what is to be remembered. */
const KEEP_EVERY_MS = 60_000;
/** Longest that the end of a run waits for messages under way. */
const LAST_WORDS_MS = 5000;
/** Notices that come before the run stands; more than these are not told. */
const MOST_EARLY = 50;

export function monitorOf(parts: MonitorParts): Companion {
  return new Monitor(parts);
}

class Monitor implements Companion {
  readonly #parts: MonitorParts;
  readonly #delivery: Delivery;
  readonly #early: Notice[] = [];
  #watch: Watching | undefined;
  #endpoint: Endpoint | undefined;

  constructor(parts: MonitorParts) {
    this.#parts = parts;
    const { settings, blot, log } = parts;
    const { webhook, telegram } = settings;
    this.#delivery = openDelivery({
      sinks: [
        ...(webhook === undefined ? [] : [webhookSink({ ...webhook, blot })]),
        ...(telegram === undefined ? [] : [telegramSink({ ...telegram, blot })]),
      ],
      lost: (sink, { rule }, why) => log.write('error', 'message not delivered', { sink, rule, why }),
    });
  }

  async start(session: SessionView): Promise<void> {
    const watch = new Watching(session, this.#parts, this.#delivery);
    this.#watch = watch;
    const { endpoint } = this.#parts.settings;
    if (endpoint !== undefined) {
      // What it needs is loaded by those runs alone that somebody asks.
      const { metricsText } = await import('./metrics.ts');
      const metrics = metricsText();
      this.#endpoint = await openEndpoint({
        ...endpoint,
        pages: { '/metrics': () => metricsPage(metrics, watch.last), '/health': () => healthPage(session, watch.last) },
        failed: error => this.#failed(error),
      });
      this.#parts.log.write('info', 'metrics and health', { url: this.#endpoint.url });
    }
    this.#quietly(() => watch.cameBack());
    for (const notice of this.#early.splice(0)) this.notice(notice);
  }

  notice(notice: Notice): void {
    const watch = this.#watch;
    if (watch !== undefined) this.#quietly(() => watch.notice(notice));
    else if (this.#early.length < MOST_EARLY) this.#early.push(notice);
  }

  status(status: RunStatus): void {
    this.#quietly(() => this.#watch?.status(status));
  }

  async stop(): Promise<void> {
    this.#quietly(() => this.#watch?.keep());
    await this.#delivery.close(LAST_WORDS_MS);
    await this.#endpoint?.close();
  }

  /** A run goes on when nobody is told of it; the log says so. */
  #quietly(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#parts.log.write('error', 'monitoring failed', { why });
  }
}

async function metricsPage(metrics: MetricsText, status: RunStatus | undefined): Promise<Page> {
  return { status: 200, type: metrics.contentType, body: await metrics.text(status) };
}

/** 200 only while all is well, so that who asks need not read the answer. */
function healthPage({ folder }: SessionView, status: RunStatus | undefined): Page {
  const health = healthOf({ status, isRunning: true, stop: readStop(folder), nowMs: Date.now() });
  const body = `${JSON.stringify(health, null, 2)}\n`;
  return { status: health.health === 'ready' ? 200 : 503, type: 'application/json', body };
}

const LEVEL: Readonly<Record<Severity, LogLevel>> = { info: 'info', warning: 'warn', critical: 'error' };

/** From the moment on at which the run stands. */
class Watching {
  last: RunStatus | undefined;
  readonly #session: SessionView;
  readonly #parts: MonitorParts;
  readonly #delivery: Delivery;
  readonly #alerts: Alerts;
  readonly #days: DayBook;
  readonly #speaker: Speaker;
  #keptText = '';
  #keptAtMs = Number.NEGATIVE_INFINITY;

  constructor(session: SessionView, parts: MonitorParts, delivery: Delivery) {
    const { run, binding } = session.opened;
    const { alerts, day } = readKept(session.folder);
    this.#session = session;
    this.#parts = parts;
    this.#delivery = delivery;
    this.#alerts = new Alerts(parts.settings.rules, alerts);
    const { strategy, mode } = binding;
    this.#speaker = { strategy, mode, venue: run.parts.venue.name, account: run.parts.account };
    this.#days = new DayBook(session.opened, this.#speaker, day);
  }

  /** Whether the process before this one ended without a word. */
  cameBack(): void {
    const before = readStatus(this.#session.folder);
    if (before === undefined || before.pid === process.pid) return;
    if (before.state !== 'running' && before.state !== 'starting') return;
    const text = `the process before this one was last alive at ${new Date(before.heartbeatMs).toISOString()}`;
    const rule = this.#parts.settings.told[CAME_BACK];
    this.#tell(told(rule, text, this.#speaker, Date.now()));
  }

  notice(notice: Notice): void {
    this.#days.note(notice);
    if (notice.what === ANNOUNCED) this.#announced(notice);
    if (notice.level !== 'alert' || isToldOtherwise(notice.what)) return;
    const alert = this.#alerts.hear(notice, this.#parts.settings.told[NOTICE], this.#speaker, Date.now());
    if (alert === undefined) return;
    // It stands in the log already.
    this.#delivery.send(alert.message, alert.rule.sinks);
    this.#pull(alert);
  }

  /** As often as it is so: whoever wrote it knows how often that is. */
  #announced({ facts = {} }: Notice): void {
    const { message = '', symbol = '' } = facts;
    const alert = told(this.#parts.settings.told[STRATEGY], `${symbol}: ${message}`, this.#speaker, Date.now());
    this.#delivery.send({ ...alert.message, labels: { instrument: String(symbol) } }, alert.rule.sinks);
    this.#pull(alert);
  }

  status(status: RunStatus): void {
    this.last = status;
    for (const alert of this.#alerts.look(status, Date.now(), performance.now())) this.#tell(alert);
    const ended = this.#days.look();
    for (const report of ended) this.#report(report);
    const isDue = performance.now() - this.#keptAtMs >= KEEP_EVERY_MS;
    if (isDue || ended.length > 0 || this.#hasNews()) this.keep();
  }

  /** What was said must not be said again by the next process. */
  #hasNews(): boolean {
    return JSON.stringify(this.#alerts.kept) !== this.#keptText;
  }

  keep(): void {
    const { kept: day } = this.#days;
    const soFar = this.#days.soFar();
    if (soFar !== undefined) writeReport(this.#session.folder, soFar);
    this.#keptText = JSON.stringify(this.#alerts.kept);
    this.#keptAtMs = performance.now();
    writeKept(this.#session.folder, { format: 1, alerts: this.#alerts.kept, ...(day !== undefined && { day }) });
  }

  #tell({ rule, message, action }: Alert): void {
    const { kind, severity, text, todo, runbook, done } = message;
    this.#parts.log.write(kind === 'resolved' ? 'info' : LEVEL[severity], `${kind} ${rule.name}`, {
      text,
      ...(todo !== undefined && { todo }),
      ...(runbook !== undefined && { runbook }),
      ...(done !== undefined && { done }),
    });
    this.#delivery.send(message, rule.sinks);
    this.#pull({ rule, action });
  }

  /** The kill switch, by the file that works when nothing else does; a wish to close positions is not taken back. */
  #pull({ rule, action }: { readonly rule: RuleHead; readonly action?: AlertAction | undefined }): void {
    if (action === undefined) return;
    const { folder } = this.#session;
    const flatten = action === 'flatten';
    const before = readStop(folder);
    if (before !== undefined && (before.flatten || !flatten)) return;
    writeStop(folder, { by: `alert rule ${rule.name}`, atMs: Date.now(), flatten });
  }

  #report(report: DayReport): void {
    writeReport(this.#session.folder, report);
    const { reportTo } = this.#parts.settings;
    const text = dayText(report);
    if (reportTo.includes('log')) this.#parts.log.write('info', 'day ended', { report: text });
    const message: Message = {
      kind: 'report',
      rule: 'daily report',
      severity: 'info',
      text,
      run: this.#speaker,
      timeMs: Date.now(),
      report,
    };
    this.#delivery.send(message, reportTo);
  }
}

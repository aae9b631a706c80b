/** `vela run`: from what was asked to a run and its end. */
import { encodePlan } from '../../compiler/plan-file.ts';
import { bareHoldings } from '../../runtime/live/bare.ts';
import { prepareFolder, putBack, readStatus, runFolder } from '../../runtime/live/folder.ts';
import type { NoticeLevel } from '../../runtime/live/run.ts';
import { runSession, type SessionOutcome, type SessionSignals } from '../../runtime/live/session.ts';
import { hasBegun } from '../../runtime/live/store/database.ts';
import { blotter, type LogLevel, openLog } from '../../runtime/monitor/log.ts';
import { monitorOf } from '../../runtime/monitor/monitor.ts';
import { monitorSettings } from '../../runtime/monitor/settings.ts';
import type { Call } from '../command.ts';
import type { World } from './connect.ts';
import { rehearsalOf } from './rehearsal.ts';
import type { RunRequest } from './request.ts';
import { strategyOf } from './strategy.ts';

const LEVEL: Readonly<Record<Exclude<NoticeLevel, 'order'>, LogLevel>> = {
  info: 'info',
  warning: 'warn',
  alert: 'error',
};

/** Undefined when the strategy has errors; they have been told by then. */
export async function runStrategy(
  call: Call,
  request: RunRequest,
  signals: SessionSignals,
  world: World = {},
): Promise<SessionOutcome | undefined> {
  const { terminal } = call;
  const strategy = await strategyOf(call, request);
  if (strategy === undefined) return undefined;
  const folder = runFolder(request.state);
  const { logging, monitoring, alerts } = strategy.configuration.system;
  const settings = monitorSettings(monitoring, alerts, terminal.environment);
  const way =
    request.mode === 'replay'
      ? await rehearsalOf(call, strategy, request, folder)
      : await (await import('../rooms/online.ts')).onlineOf(call, strategy, request, folder, world);
  try {
    const aside = prepareFolder(folder, request.anew);
    const known = blotter(terminal.environment, settings.secrets);
    const blot = (text: string) => known(way.redact?.(text) ?? text);
    // A screen, or whoever wants no lines, reads the file.
    const handlers = call.flag('quiet') ? ['file'] : logging.handlers;
    const log = openLog({
      ...logging,
      handlers,
      file: folder.log,
      say: terminal.log,
      blot,
    });
    const monitor = monitorOf({ settings, log, blot });
    // A rehearsal has thousands of them.
    const ofOrders: LogLevel = request.mode === 'replay' ? 'debug' : 'info';
    try {
      if (aside !== undefined) log.write('info', 'older run set aside', { folder: aside, ...heldIn(aside) });
      const bare = request.mode === 'live' ? bareHoldings(strategy.plan) : undefined;
      if (bare !== undefined) log.write('warn', 'without protection at the venue', { why: bare });
      return await runSession(
        {
          folder,
          plan: encodePlan(strategy.plan),
          notice: ({ level, what, facts }) => log.write(level === 'order' ? ofOrders : LEVEL[level], what, facts),
          entriesOnLeaving: way.entriesOnLeaving,
          isUnattended: request.mode !== 'replay',
          open: way.open,
          ...(request.mode !== 'replay' &&
            request.adopt !== undefined && {
              adopt: {
                how: request.adopt,
                plan: strategy.plan,
                planBytes: encodePlan(strategy.plan),
                params: strategy.values,
                strategy: strategy.plan.title,
              },
            }),
          companions: world.companion === undefined ? [monitor] : [monitor, world.companion],
        },
        signals,
      );
    } finally {
      log.close();
      // A start that was refused leaves the older run where it was.
      if (aside !== undefined && !hasBegun(folder)) putBack(folder, aside);
    }
  } finally {
    await way.close();
  }
}

/** What the older run said last of what it holds: from now on nobody watches over it. */
function heldIn(aside: string): Readonly<Record<string, string>> {
  const held = (readStatus({ path: aside })?.instruments ?? []).filter(({ position }) => position !== 0);
  return held.length === 0 ? {} : { holds: held.map(({ symbol, position }) => `${position} of ${symbol}`).join(', ') };
}

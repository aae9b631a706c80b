/** `vela run`: from what was asked to a run and its end. */
import { encodePlan } from '../../compiler/plan-file.ts';
import { prepareFolder, runFolder } from '../../runtime/live/folder.ts';
import type { NoticeLevel } from '../../runtime/live/run.ts';
import { runSession, type SessionOutcome, type SessionSignals } from '../../runtime/live/session.ts';
import { blotter, type LogLevel, openLog } from '../../runtime/monitor/log.ts';
import { monitorOf } from '../../runtime/monitor/monitor.ts';
import { monitorSettings } from '../../runtime/monitor/settings.ts';
import type { Call } from '../command.ts';
import type { World } from './connect.ts';
import { rehearsalOf } from './rehearsal.ts';
import type { RunRequest } from './request.ts';
import { strategyOf } from './strategy.ts';

const LEVEL: Readonly<Record<NoticeLevel, LogLevel>> = {
  order: 'debug',
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
    // A screen, or whoever wants no lines, reads the file.
    const handlers = call.flag('quiet') ? ['file'] : logging.handlers;
    const log = openLog({
      ...logging,
      handlers,
      file: folder.log,
      say: terminal.log,
      environment: terminal.environment,
      secrets: settings.secrets,
    });
    const blot = blotter(terminal.environment, settings.secrets);
    const monitor = monitorOf({ settings, log, blot });
    try {
      if (aside !== undefined) log.write('info', 'older run set aside', { folder: aside });
      return await runSession(
        {
          folder,
          plan: encodePlan(strategy.plan),
          notice: ({ level, what, facts }) => log.write(LEVEL[level], what, facts),
          entriesOnLeaving: way.entriesOnLeaving,
          isUnattended: request.mode !== 'replay',
          open: way.open,
          companions: world.companion === undefined ? [monitor] : [monitor, world.companion],
        },
        signals,
      );
    } finally {
      log.close();
    }
  } finally {
    await way.close();
  }
}

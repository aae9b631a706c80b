/** What commands bring in to run strategies bar by bar, and to look after runs. */
export { restoreBackup, takeBackup } from '../../runtime/live/backup.ts';
export { runFolder } from '../../runtime/live/folder.ts';
export { sqlite } from '../../runtime/live/store/database.ts';
export { dayText } from '../../runtime/monitor/day.ts';
export { diffText, runDiff } from '../live/diff.ts';
export { HEALTH_EXIT, healthText, runHealth } from '../live/health.ts';
export { dayReports, dayTable, reportOfDay } from '../live/report.ts';
export { readRequestOfRun } from '../live/request.ts';
export { runStrategy } from '../live/run.ts';
export { namedRun, stopRun } from '../live/stop.ts';
export { runDocument, runText } from '../live/summary.ts';
export { clientIdOf, wishOf } from '../live/wish.ts';

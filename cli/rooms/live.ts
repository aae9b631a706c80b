/** What commands bring in to run strategies bar by bar, and to look after runs. */
export { diffText, runDiff } from '../live/diff.ts';
export { healthOf, healthText } from '../live/health.ts';
export { readRequestOfRun } from '../live/request.ts';
export { runStrategy } from '../live/run.ts';
export { namedRun, stopRun } from '../live/stop.ts';
export { runDocument, runText } from '../live/summary.ts';

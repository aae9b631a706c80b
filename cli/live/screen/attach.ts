/** `vela run` and `vela top` on a terminal: which run is shown, and what is said when the screen is gone. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, runFolder } from '../../../runtime/live/folder.ts';
import { blotter } from '../../../runtime/monitor/log.ts';
import type { Call } from '../../command.ts';
import { EXIT, type ExitCode } from '../../errors.ts';
import { startProgress } from '../../progress.ts';
import { wantsColour } from '../../terminal.ts';
import { RUNS_FOLDER } from '../request.ts';
import { namedRun, runNames } from '../stop.ts';
import { cut } from './cells.ts';
import { type Ended, type RunChild, startChild } from './child.ts';
import { follow } from './follow.ts';
import type { LogEntry } from './log-lines.ts';
import { LogTail } from './log-tail.ts';
import { knowsUnicode } from './paint.ts';
import { conditionOf } from './scene.ts';
import { type ScreenParts, showScreen } from './screen.ts';
import { nameOfRun, statusOf, Watch } from './watch.ts';

/** The run that is named; else one that is alive, since the screen can switch to the others; else the only one there is. */
export function runToShow(named: string | undefined): string {
  const alive = named === undefined ? runNames().find(name => isRunning({ path: join(RUNS_FOLDER, name) })) : undefined;
  return alive === undefined ? namedRun(named).path : join(RUNS_FOLDER, alive);
}

/** `vela top` on a terminal. The run is somebody else's, and goes on. */
export async function showRun(call: Call, path: string): Promise<ExitCode> {
  const { terminal } = call;
  const end = await showScreen(partsOf(call, path));
  terminal.out(farewell(call, end.path));
  return EXIT.done;
}

/** `vela top` elsewhere: the log as it grows. */
export async function followRun(call: Call, path: string, enough: AbortSignal): Promise<ExitCode> {
  const { terminal } = call;
  await follow({
    watch: watchOf(call, path),
    say: terminal.out,
    enough,
  });
  return enough.aborted ? EXIT.interrupted : EXIT.done;
}

/** For programs: how it is, as the screen would say it. */
export function topDocument(call: Call, path: string): object {
  const scene = watchOf(call, path).look(1);
  const { word, text } = conditionOf(scene);
  return { folder: path, condition: word.toLowerCase(), why: text, stop: scene.stop, status: scene.status };
}

/** `vela run` on a terminal: the run in a process of its own, and the screen that looks at it. */
export async function runWithScreen(call: Call, state: string): Promise<ExitCode> {
  const child = startChild(state, coloured(call));
  const early = await untilItSpeaks(call, child, state);
  if (early !== undefined) return told(call, child, early);
  let over: Ended | undefined;
  const end = await showScreen({
    ...partsOf(call, state),
    over: child.ended.then(ended => {
      over = ended;
    }),
    onTerminate: child.end,
  });
  if (end.path !== state) call.terminal.out(farewell(call, end.path));
  if (over !== undefined) {
    const code = told(call, child, over);
    return child.isAskedToEnd() ? EXIT.interrupted : code;
  }
  call.terminal.out(farewell(call, state));
  return EXIT.done;
}

function watchOf({ terminal }: Call, path: string): Watch {
  return new Watch(runFolder(path), path, blotter(terminal.environment));
}

function coloured(call: Call): boolean {
  return wantsColour(call.terminal.environment, true) && call.flag('color');
}

function partsOf(call: Call, path: string): ScreenParts {
  const { environment } = call.terminal;
  return {
    path,
    runsFolder: RUNS_FOLDER,
    runs: runNames,
    blot: blotter(environment),
    colour: coloured(call),
    unicode: knowsUnicode(environment),
  };
}

const LOOK_EVERY_MS = 50;

/** Until the run says how it is; gives its end where it ended before. Ctrl-C ends it. */
async function untilItSpeaks({ terminal }: Call, child: RunChild, state: string): Promise<Ended | undefined> {
  let over: Ended | undefined;
  void child.ended.then(ended => {
    over = ended;
  });
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, child.end);
  const progress = startProgress(terminal);
  const folder = runFolder(state);
  const blot = blotter(terminal.environment);
  const log = new LogTail(folder.log, blot);
  const before = log.read().at(-1);
  let told: LogEntry | undefined;
  progress.step('starting');
  try {
    while (over === undefined && statusOf(folder, blot)?.pid !== child.pid) {
      await sleep(LOOK_EVERY_MS);
      const last = log.read().at(-1);
      if (last === told || last === before || last === undefined) continue;
      told = last;
      progress.step(cut(`starting: ${last.text}`, terminal.columns - 4));
    }
    return over;
  } finally {
    progress.end();
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, child.end);
  }
}

/** What the run's process said, and the code that it ended with. */
function told({ terminal }: Call, child: RunChild, { code, signal }: Ended): ExitCode {
  const said = child.said();
  if (code === null && child.isAskedToEnd()) {
    terminal.log(`${said}interrupted\n`);
    return EXIT.interrupted;
  }
  if (code === null) {
    terminal.log(
      `${said}the run's process was ended by ${signal}\n  started again with the same words it recovers by itself\n`,
    );
    return EXIT.environment;
  }
  child.tidy();
  if (code === EXIT.done || code === EXIT.interrupted) terminal.out(said);
  else terminal.log(said);
  return Object.values(EXIT).find(known => known === code) ?? EXIT.environment;
}

function farewell(call: Call, path: string): string {
  const scene = watchOf(call, path).look(1);
  const { word, text } = conditionOf(scene);
  const name = nameOfRun(path, RUNS_FOLDER);
  if (!scene.isAlive) return `${name}: ${word.toLowerCase()}${text === undefined ? '' : `: ${text}`}\n`;
  const pid = scene.status === undefined ? '' : ` (process ${scene.status.pid})`;
  return [
    `${name} goes on${pid}, ${word.toLowerCase()}`,
    `  vela top ${name}   shows it again`,
    `  vela stop ${name}  stops it`,
    '',
  ].join('\n');
}

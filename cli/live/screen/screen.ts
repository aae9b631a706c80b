/**
 * The screen on the terminal, drawn by Ink: the alternate buffer, only changed lines, at most four frames a second. However
 * it ends (a key, a signal, an exception), the terminal is as it was before.
 */
import { Box, render, type SuspendTerminal, Text, useApp, useInput, useStdout, useWindowSize } from 'ink';
import { createElement, type ReactElement, useEffect, useReducer } from 'react';
import { type Closed, Controller, type ControllerParts } from './controller.ts';
import { layoutEngine } from './engine.ts';
import { keyNames } from './keys.ts';
import type { Line } from './line.ts';
import { inAscii, LOOKS } from './paint.ts';

export interface ScreenParts extends Pick<ControllerParts, 'path' | 'runsFolder' | 'runs' | 'blot'> {
  readonly colour: boolean;
  readonly unicode: boolean;
  /** Closes the screen from outside: `over` when the process that was started with it has ended. */
  readonly over?: Promise<unknown>;
  /** SIGTERM came; without it the screen closes and the run goes on. */
  readonly onTerminate?: () => void;
}

export interface ScreenEnd {
  readonly why: Closed;
  /** Of the run that was shown last. */
  readonly path: string;
}

const LOOK_EVERY_MS = 500;
const FRAMES_PER_SECOND = 4;
const CLEAR = '\u001b[2J\u001b[H';

export async function showScreen(parts: ScreenParts): Promise<ScreenEnd> {
  await layoutEngine();
  let close: (why: Closed) => void = () => {};
  const closed = new Promise<Closed>(resolve => {
    close = resolve;
  });
  const handOver: HandOver = {};
  const controller: Controller = new Controller({
    ...parts,
    close,
    redraw: () => {
      process.stdout.write(CLEAR);
      ink.clear();
    },
    suspend: () => void handOver.terminal?.(untilBroughtBack),
  });
  const own = parts.path;
  void parts.over?.then(() => {
    controller.look();
    // Somebody who looks at another run meanwhile goes on looking.
    if (controller.path === own) close('over');
  });
  const { colour, unicode } = parts;
  const ink = render(createElement(Screen, { controller, handOver, colour, unicode, close }), {
    alternateScreen: true,
    exitOnCtrlC: false,
    incrementalRendering: true,
    interactive: true,
    maxFps: FRAMES_PER_SECOND,
    patchConsole: false,
  });
  const looking = setInterval(() => controller.look(), LOOK_EVERY_MS);
  const detach = () => close('detached');
  const unhook = onSignals([
    ['SIGINT', detach],
    ['SIGTERM', parts.onTerminate ?? detach],
    // The terminal is gone; there is nothing to restore and nobody to tell.
    ['SIGHUP', () => process.exit(0)],
  ]);
  const onFailure = () => ink.unmount();
  process.prependListener('uncaughtException', onFailure);
  try {
    const failed = ink.waitUntilExit().then((): Closed => 'detached');
    const why = await Promise.race([closed, failed]);
    return { why, path: controller.path };
  } finally {
    clearInterval(looking);
    ink.unmount();
    await ink.waitUntilExit().catch(() => {
      // The same failure as above, which is on its way up.
    });
    // What is typed from now on is the shell's.
    process.stdin.pause();
    process.off('uncaughtException', onFailure);
    unhook();
  }
}

function onSignals(handlers: readonly (readonly [NodeJS.Signals, () => void])[]): () => void {
  for (const [name, handler] of handlers) process.on(name, handler);
  return () => {
    for (const [name, handler] of handlers) process.off(name, handler);
  };
}

/** Ink's way to give the terminal to somebody else for a while; there once the screen is. */
interface HandOver {
  terminal?: SuspendTerminal;
}

/** The shell has the terminal while this process stands still. */
function untilBroughtBack(): Promise<void> {
  return new Promise(resolve => {
    process.once('SIGCONT', () => resolve());
    process.kill(process.pid, 'SIGTSTP');
  });
}

interface ScreenProps {
  readonly controller: Controller;
  readonly handOver: HandOver;
  readonly colour: boolean;
  readonly unicode: boolean;
  readonly close: (why: Closed) => void;
}

function Screen({ controller, handOver, colour, unicode, close }: ScreenProps): ReactElement {
  const size = useWindowSize();
  const { stdout } = useStdout();
  const { suspendTerminal } = useApp();
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => controller.onChange(again), [controller]);
  useEffect(() => {
    handOver.terminal = suspendTerminal;
  }, [handOver, suspendTerminal]);
  useEffect(() => {
    // The other end of the terminal is gone.
    const onEnd = () => close('detached');
    process.stdin.on('end', onEnd);
    stdout.on('error', onEnd);
    return () => {
      process.stdin.off('end', onEnd);
      stdout.off('error', onEnd);
    };
  }, [close, stdout]);
  useInput((input, key) => {
    for (const name of keyNames(input, key)) controller.press(name);
  });
  const lines = controller.draw(size);
  return createElement(
    Box,
    { flexDirection: 'column', width: size.columns, height: size.rows },
    lines.map((line, row) => drawn(unicode ? line : inAscii(line), row, colour)),
  );
}

/** An empty line would take no room at all. */
function drawn(line: Line, row: number, colour: boolean): ReactElement {
  const pieces =
    line.length === 0
      ? ' '
      : line.map(({ text, tone }, i) => createElement(Text, { key: i, ...(colour ? LOOKS[tone] : {}) }, text));
  return createElement(Text, { key: row, wrap: 'truncate' }, pieces);
}

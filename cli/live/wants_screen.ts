/** Whether a run is drawn or told, and the options that say so. */
import type { Call, OptionSpec } from '../command.ts';

export const PLAIN_OPTION: OptionSpec = { usage: '--plain', doc: 'lines of text instead of a screen' };
export const COLOUR_OPTION: OptionSpec = { usage: '--no-color', doc: 'no colours on the screen' };

/** A screen needs a terminal on both sides: one to draw on, one that keys come from. */
export function wantsScreen(call: Call): boolean {
  if (call.json || call.flag('plain') || call.terminal.environment.TERM === 'dumb') return false;
  return process.stdout.isTTY === true && process.stdin.isTTY === true;
}

/**
 * What a command is busy with, on standard error: one line that is rewritten on a terminal and gone at the end; plain
 * lines elsewhere, and only for steps that took long enough for a log to care.
 */
import type { Terminal } from './terminal.ts';

const WORTH_A_LINE_MS = 1000;

export interface Progress {
  /** Begins a step; the function that it gives ends it and says how long it took, in milliseconds. */
  readonly step: (name: string) => () => number;
  readonly end: () => void;
}

export function startProgress(terminal: Terminal): Progress {
  const erase = () => {
    if (terminal.interactive) terminal.log('\r\u001b[2K');
  };
  return {
    step: name => {
      const startedMs = performance.now();
      if (terminal.interactive) terminal.log(`\r\u001b[2K${terminal.logPaint('dim', `${name} …`)}`);
      return () => {
        const elapsedMs = performance.now() - startedMs;
        if (!terminal.interactive && elapsedMs >= WORTH_A_LINE_MS)
          terminal.log(`${name}: ${(elapsedMs / 1000).toFixed(1)} s\n`);
        return elapsedMs;
      };
    },
    end: erase,
  };
}

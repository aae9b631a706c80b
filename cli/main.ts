/** The edge to the process: its streams, its signals, its exit code. Everything else is `program.ts`. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { EXIT, Interrupted } from './errors.ts';
import { runProgram } from './program.ts';
import { paintFor, type Terminal, wantsColour } from './terminal.ts';

let interrupted = false;

function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  return {
    out: text => stdout.write(text),
    log: text => stderr.write(text),
    outPaint: paintFor(wantsColour(env, stdout.isTTY === true)),
    logPaint: paintFor(wantsColour(env, stderr.isTTY === true)),
    interactive: stderr.isTTY === true && env.TERM !== 'dumb',
    columns: stdout.columns ?? 100,
    environment: env,
    checkpoint: async () => {
      await nextTurn();
      if (interrupted) throw new Interrupted();
    },
  };
}

// A reader that has seen enough (`| head`) is no failure; there is nobody left to tell anything.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT.done);
  });
}

// The first Ctrl-C ends the work at its next step, so that no partial output is left; a second one ends it at once.
process.on('SIGINT', () => {
  if (interrupted) process.exit(EXIT.interrupted);
  interrupted = true;
});

process.exitCode = await runProgram(process.argv.slice(2), processTerminal());
if (interrupted) process.exitCode = EXIT.interrupted;

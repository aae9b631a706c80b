/** The edge to the process: its streams, its signals, its exit code. Everything else is `program.ts`. */
import { CommandError, EXIT, Interrupted, systemCode } from './errors.ts';
import { describeFailure } from './failure.ts';
import { runProgram } from './program.ts';
import { harmless, paintFor, type Terminal, wantsColour } from './terminal.ts';

let interrupted = false;

/** Standard error is touched only by what writes to it: opening it takes time that every start would feel. */
function processTerminal(): Terminal {
  const { env } = process;
  return {
    out: text => write('stdout', text),
    log: text => write('stderr', text),
    outPaint: (style, text) => paintFor(wantsColour(env, open('stdout').isTTY === true))(style, text),
    logPaint: (style, text) => paintFor(wantsColour(env, open('stderr').isTTY === true))(style, text),
    get interactive() {
      return open('stderr').isTTY === true && env.TERM !== 'dumb';
    },
    get columns() {
      return open('stdout').columns ?? 100;
    },
    environment: env,
    checkpoint: async () => {
      await new Promise(resolve => setImmediate(resolve));
      if (interrupted) throw new Interrupted();
    },
  };
}

const opened = new Set<string>();

/** What goes to a file or another program stays as it is. */
function write(name: 'stdout' | 'stderr', text: string): void {
  const stream = open(name);
  stream.write(stream.isTTY === true ? harmless(text) : text);
}

function open(name: 'stdout' | 'stderr'): NodeJS.WriteStream {
  const stream = process[name];
  if (!opened.has(name)) {
    opened.add(name);
    // A reader that has seen enough (`| head`) is no failure; there is nobody left to tell anything.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(EXIT.done);
      const why = error.code === 'ENOSPC' ? 'the disk is full' : error.message;
      fail(
        new CommandError(
          systemCode(error.code),
          `cannot write standard ${name === 'stdout' ? 'output' : 'error'}: ${why}`,
        ),
      );
    });
  }
  return stream;
}

/** For what happens outside of any command's call. */
function fail(error: unknown): never {
  const { text, exitCode } = describeFailure(error, processTerminal());
  process.stderr.write(text);
  process.exit(exitCode);
}
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

// The first Ctrl-C ends the work at its next step, so that no partial output is left; a second one ends it at once.
process.on('SIGINT', () => {
  if (interrupted) process.exit(EXIT.interrupted);
  interrupted = true;
});

// Not awaited here: the bundle's modules are CommonJS (kept_code.ts).
void runProgram(process.argv.slice(2), processTerminal()).then(code => {
  process.exitCode = interrupted ? EXIT.interrupted : code;
});

/** `vela check`: what is wrong with strategies, and how to mend it. */
import { type Command, JSON_OPTION } from '../command.ts';
import { CONFIG_OPTION, configurationFor } from '../configuration.ts';
import { CommandError, EXIT, type ExitCode } from '../errors.ts';
import { describeFailure, failureFacts } from '../failure.ts';
import { jsonDocument } from '../json.ts';

export const check: Command = {
  name: 'check',
  summary: 'what is wrong with a strategy, and how to mend it',
  arguments: [{ usage: '<file...>', doc: 'strategies, `.vela` or `.yaml`' }],
  options: [CONFIG_OPTION, JSON_OPTION],
  examples: ['vela check sma_cross.vela', 'vela check strategies/*.vela --json'],
  run: async call => {
    const { terminal, arguments: files, json } = call;
    const configuration = await configurationFor(call);
    const { diagnosticsText, filledIn, filledInText, loadStrategy, tally, tallyText, toJson } = await import(
      '../rooms/front.ts'
    );
    const looked = files.map(file => attempt(file, named => loadStrategy(named, configuration)));
    const unread = looked.flatMap(({ error }) => (error === undefined ? [] : [error]));
    const [first] = unread;
    // Where nothing could be read, the command as a whole has failed.
    if (first !== undefined && files.length === 1) throw first;
    const read = looked.flatMap(({ file, found }) => (found === undefined ? [] : [{ file, found }]));
    const diagnostics = read.flatMap(({ found }) => found.diagnostics);
    const filled = read.flatMap(({ file, found }) => filledIn(file, found.program, configuration));
    const counts = tally(diagnostics);
    const failures = unread.map(error => describeFailure(error, terminal));
    for (const { text } of failures) terminal.log(text);
    if (json) {
      const more = {
        ...(filled.length > 0 && { filledIn: filled }),
        ...(failures.length > 0 && { failures: failures.map(failureFacts) }),
      };
      terminal.out(jsonDocument({ files, ...counts, diagnostics: diagnostics.map(toJson), ...more }));
    } else if (read.length > 0) {
      const { out, outPaint } = terminal;
      const text = diagnosticsText(diagnostics, outPaint('bold', 'x') !== 'x');
      const names = read.map(({ file }) => file).join(', ');
      out(
        `${text}${text === '' ? '' : '\n'}${filledInText(filled, outPaint)}${names}: ${tallyText(counts, outPaint)}\n`,
      );
    }
    return worst([counts.errors > 0 ? EXIT.errors : EXIT.done, ...failures.map(({ exitCode }) => exitCode)]);
  },
};

interface Looked<Found> {
  readonly file: string;
  readonly found?: Found;
  readonly error?: CommandError;
}

/** A file that cannot be read keeps nobody from checking the others. */
function attempt<Found>(file: string, load: (file: string) => Found): Looked<Found> {
  try {
    return { file, found: load(file) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { file, error };
  }
}

/** Codes grow with the distance from the strategy: its mistakes, the command line, the machine. */
function worst(codes: readonly ExitCode[]): ExitCode {
  return codes.toSorted((a, b) => b - a)[0] ?? EXIT.done;
}

/**
 * The command line: the table of commands, turned into a commander program; and the one place where whatever a command
 * throws becomes words and an exit code.
 */
import { Command as Commander, CommanderError } from 'commander';
import type { Call, Command } from './command.ts';
import { adopt } from './commands/adopt.ts';
import { backtest } from './commands/backtest.ts';
import { backup, restore } from './commands/backup.ts';
import { check } from './commands/check.ts';
import { compile } from './commands/compile.ts';
import { convert } from './commands/convert.ts';
import { demo } from './commands/demo.ts';
import { diff } from './commands/diff.ts';
import { doctor } from './commands/doctor.ts';
import { explain } from './commands/explain.ts';
import { fmt } from './commands/fmt.ts';
import { health } from './commands/health.ts';
import { init } from './commands/init.ts';
import { lsp } from './commands/lsp.ts';
import { models } from './commands/models.ts';
import { release } from './commands/release.ts';
import { report } from './commands/report.ts';
import { resolve } from './commands/resolve.ts';
import { run } from './commands/run.ts';
import { schema } from './commands/schema.ts';
import { stop } from './commands/stop.ts';
import { top } from './commands/top.ts';
import { train } from './commands/train.ts';
import { EXIT, type ExitCode, usageError } from './errors.ts';
import { describeFailure, failureJson } from './failure.ts';
import type { Terminal } from './terminal.ts';
import { VERSION } from './version.ts';
import { missingValue, namedByState } from './words.ts';

export const COMMANDS: readonly Command[] = [
  demo,
  init,
  check,
  fmt,
  convert,
  explain,
  compile,
  backtest,
  train,
  models,
  run,
  top,
  stop,
  resolve,
  adopt,
  release,
  health,
  report,
  backup,
  restore,
  diff,
  doctor,
  schema,
  lsp,
];

/** Runs one command line (without `node` and the script) and gives its exit code. Never throws. */
export async function runProgram(asked: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const words = withoutHelpCommand(asked);
  const command = COMMANDS.find(({ name }) => name === words[0]);
  let exitCode: ExitCode = EXIT.done;
  const program = declare(words[0], terminal, code => {
    exitCode = code;
  });
  try {
    if (words.length === 0) {
      terminal.log(program.helpInformation());
      return EXIT.usage;
    }
    const mistake = command === undefined ? undefined : missingValue(command, words.slice(1));
    if (mistake !== undefined) throw mistake;
    await program.parseAsync([...words], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
    const failure = describeFailure(
      error instanceof CommanderError ? commanderMistake(error, command, words) : error,
      terminal,
    );
    terminal.log(failure.text);
    if (words.includes('--json')) terminal.out(failureJson(failure));
    return failure.exitCode;
  }
}

/** `vela help backtest`, as many a program has it, is `vela backtest --help`. */
function withoutHelpCommand(words: readonly string[]): readonly string[] {
  const [first, named] = words;
  if (first !== 'help') return words;
  const known = named === undefined || COMMANDS.some(({ name }) => name === named);
  return known ? [...words.slice(1), '--help'] : words.slice(1);
}

/** Only the command that was named, where there is one: declaring them all takes time that `check` would feel. */
function declare(named: string | undefined, terminal: Terminal, finish: (code: ExitCode) => void): Commander {
  const asked = COMMANDS.filter(command => command.name === named);
  const program = new Commander('vela')
    .description('Trading strategies as text: check, compile and backtest them.')
    .version(VERSION, '-V, --version')
    .helpCommand(false);
  const quiet = (target: Commander) =>
    target
      .exitOverride()
      .configureOutput({ writeOut: terminal.out, writeErr: () => {} })
      .showSuggestionAfterError(true)
      .configureHelp({ helpWidth: Math.min(terminal.columns, 100), subcommandTerm: sub => sub.name() });
  quiet(program);
  program
    .usage('COMMAND …')
    .addHelpText(
      'after',
      '\n`vela COMMAND --help` tells more of a command. Begin with `vela demo`, or with `vela init`.\n',
    );
  for (const command of asked.length > 0 ? asked : COMMANDS) {
    const sub = quiet(program.command(command.name).description(command.summary));
    if (command.usage !== undefined) sub.usage(command.usage);
    for (const { usage, doc } of command.arguments) sub.argument(usage, doc);
    for (const { usage, doc } of command.options) sub.option(usage, doc);
    if (command.examples)
      sub.addHelpText('after', `\nExamples:\n${command.examples.map(line => `  ${line}\n`).join('')}`);
    sub.action(async () => {
      finish(await command.run(callOf(sub, terminal)));
    });
  }
  return program;
}

/** Options are looked up by their long name; commander keeps them in camel case. */
function callOf(sub: Commander, terminal: Terminal): Call {
  const given: Readonly<Record<string, unknown>> = sub.opts();
  const value = (name: string) => given[name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())];
  const text = (name: string) => {
    const found = value(name);
    return typeof found === 'string' ? found : undefined;
  };
  return {
    terminal,
    arguments: sub.args,
    json: value('json') === true,
    flag: name => value(name) === true,
    text,
    list: name => {
      const found = value(name);
      return Array.isArray(found) ? found.map(String) : [];
    },
  };
}

/** Commander's message without its `error: ` and with a suggestion, or where to look, as our help line. */
function commanderMistake(error: CommanderError, command: Command | undefined, words: readonly string[]): Error {
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const hint = suggestion?.match(/Did you mean (.*)\?/)?.[1];
  const isState = message.startsWith("unknown option '--state");
  const run = command === undefined || !isState ? undefined : namedByState(command, words.slice(1));
  const help =
    hint === undefined
      ? `see \`vela${command === undefined ? '' : ` ${command.name}`} --help\``
      : `did you mean \`${hint}\`?`;
  return usageError(message, run ?? help);
}

/**
 * The words of a command line, as far as commander takes them for something else than they were meant: the word behind an
 * option that lacks its value, and a run's folder behind an option that the command does not have.
 */
import type { Command } from './command.ts';
import { type CommandError, usageError } from './errors.ts';

interface ValueOption {
  /** `--output`, `-o`. */
  readonly flags: readonly string[];
  /** `<file>`. */
  readonly value: string;
}

function valueOptionsOf({ options }: Command): readonly ValueOption[] {
  return options.flatMap(({ usage }) => {
    const [, flags, value] = /^(.*?) (<.*>)$/.exec(usage) ?? [];
    return flags === undefined || value === undefined ? [] : [{ flags: flags.split(', '), value }];
  });
}

/**
 * The mistake in the words behind a command's name: an option that lacks its value would take the next option for it. A
 * value may begin with two dashes where `=` stands before it.
 */
export function missingValue(command: Command, words: readonly string[]): CommandError | undefined {
  const options = valueOptionsOf(command);
  for (const [i, word] of words.entries()) {
    if (word === '--') return undefined;
    const option = options.find(({ flags }) => flags.includes(word));
    const next = words[i + 1];
    if (option === undefined || (next !== undefined && !next.startsWith('--'))) continue;
    const value = option.value.replace('...', '');
    const found = next === undefined ? '' : `, and \`${next}\` is an option`;
    return usageError(
      `\`${word}\` lacks its value, ${value}${found}`,
      `write it behind: \`${word} ${value}\`; one that begins with two dashes is written \`${option.flags.at(-1)}=--…\``,
    );
  }
  return undefined;
}

/** Commands about runs name the run itself, where `vela run` names its folder with `--state`. */
export function namedByState(command: Command, words: readonly string[]): string | undefined {
  const takesRun = command.arguments.some(({ usage }) => usage === '[run]');
  const at = words.findIndex(word => /^--state(=|$)/.test(word));
  if (!takesRun || at < 0) return undefined;
  const folder = words[at]?.slice('--state='.length) || words[at + 1] || 'FOLDER';
  const before = command.arguments.flatMap(({ usage }) => {
    const [, name] = /^<(.*)>$/.exec(usage) ?? [];
    return name === undefined ? [] : [name.toUpperCase()];
  });
  return `name the run's folder itself: \`${['vela', command.name, ...before, folder].join(' ')}\``;
}

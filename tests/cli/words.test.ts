/** What commander would take for something else than it was meant. */
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../cli/program.ts';
import { temporaryFolder, vela } from './support.ts';

const folder = temporaryFolder();

/** Each command with each of its options that takes a value. */
const VALUES = COMMANDS.flatMap(({ name, options }) =>
  options.flatMap(({ usage }) => {
    const [, flags = '', value] = /^(.*) (<.*>)$/.exec(usage) ?? [];
    return value === undefined ? [] : flags.split(', ').map(flag => ({ words: [name, flag], value }));
  }),
);

describe('an option that takes a value', () => {
  it.each(VALUES)('takes no other option for it: $words', async ({ words, value }) => {
    const [, option = ''] = words;
    for (const next of [[], ['--json'], ['--']]) {
      const { code, log } = await vela(folder, [...words, ...next]);
      expect(code).toBe(2);
      expect(log).toContain(`error: \`${option}\` lacks its value, ${value.replace('...', '')}`);
    }
  });

  it('takes one that begins with dashes behind an equals sign', async () => {
    const { log } = await vela(folder, ['run', 's.vela', '--paper', '--state=--odd']);
    expect(log).toContain('cannot read s.vela');
  });

  it('takes none for the folder of a run that is empty', async () => {
    for (const words of [['--state', ''], ['--state=']]) {
      const { code, log } = await vela(folder, ['run', 's.vela', '--paper', ...words]);
      expect(code).toBe(2);
      expect(log).toContain('`--state` names no folder\n  help: is a shell variable not set?');
    }
  });

  it('takes a number below nothing', async () => {
    const { log } = await vela(folder, ['resolve', 'x', 'filled', '--price', '-1']);
    expect(log).toContain('`--price -1` is no price');
  });
});

describe('a run', () => {
  const ABOUT_RUNS = COMMANDS.filter(command => command.arguments.some(({ usage }) => usage === '[run]'));

  it.each(ABOUT_RUNS)('is named by its folder, not by `--state`: $name', async ({ name, arguments: spec }) => {
    const before = spec.flatMap(({ usage }) => (usage.startsWith('<') ? [usage.slice(1, -1).toUpperCase()] : []));
    for (const words of [['--state', 'mine'], ['--state=mine']]) {
      const { code, log } = await vela(folder, [name, ...before, ...words]);
      expect(code).toBe(2);
      expect(log).toContain(`name the run's folder itself: \`${['vela', name, ...before, 'mine'].join(' ')}\``);
    }
  });
});

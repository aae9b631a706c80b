/** `vela doctor`: what this machine offers, and how to mend what is missing. */
import { type Command, JSON_OPTION } from '../command.ts';
import { EXIT } from '../errors.ts';
import { jsonDocument } from '../json.ts';
import { VERSION } from '../version.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'what this machine offers, and how to mend what is missing',
  arguments: [],
  options: [JSON_OPTION],
  run: async ({ terminal, json }) => {
    const { CHECKS } = await import('../doctor/checks.ts');
    const findings = [];
    for (const { name, look } of CHECKS) findings.push({ name, ...(await look(terminal.environment)) });
    const broken = findings.some(finding => finding.state === 'bad');
    if (json) {
      terminal.out(jsonDocument({ version: VERSION, ok: !broken, checks: findings }));
      return broken ? EXIT.environment : EXIT.done;
    }
    const { out, outPaint } = terminal;
    const marks = { good: outPaint('green', 'ok  '), fair: outPaint('yellow', 'fair'), bad: outPaint('red', 'bad ') };
    out(`Vela ${VERSION}\n`);
    for (const { name, state, found, mend } of findings) {
      out(`${marks[state]}  ${name.padEnd(12)} ${found}\n`);
      if (mend !== undefined) out(`${' '.repeat(19)}${outPaint('dim', mend)}\n`);
    }
    return broken ? EXIT.environment : EXIT.done;
  },
};

/** Which colours and letters a terminal gets: tones to colours, and plainer letters where it knows no others. */
import type { Line, Tone } from './line.ts';

/** As Ink's Text takes them. */
export interface Look {
  readonly color?: 'green' | 'red' | 'yellow' | 'cyan';
  readonly bold?: true;
  readonly dimColor?: true;
  readonly inverse?: true;
}

export const LOOKS: Readonly<Record<Tone, Look>> = {
  plain: {},
  strong: { bold: true },
  dim: { dimColor: true },
  good: { color: 'green' },
  bad: { color: 'red' },
  warning: { color: 'yellow' },
  accent: { color: 'cyan' },
  alarm: { color: 'red', bold: true, inverse: true },
};

/** A locale that names another set of letters than Unicode's gets ASCII; none at all is taken for a modern terminal. */
export function knowsUnicode(environment: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [environment.LC_ALL, environment.LC_CTYPE, environment.LANG].find(
    value => value !== undefined && value !== '',
  );
  return locale === undefined || /utf-?8/i.test(locale);
}

const ASCII: Readonly<Record<string, string>> = {
  '−': '-',
  '–': '-',
  '…': '~',
  '·': '.',
  '→': '>',
  '↑': '^',
  '↓': 'v',
  '×': 'x',
  '“': '"',
  '”': '"',
  '▏': '|',
  '▁': '_',
  '▂': '_',
  '▃': '.',
  '▄': '-',
  '▅': '-',
  '▆': '=',
  '▇': '=',
  '█': '#',
  '▉': '#',
  '▊': '#',
  '▋': '=',
  '▌': '=',
  '▍': '-',
  '▎': '-',
};

/** One sign for one sign, so that nothing moves. */
export function inAscii(line: Line): Line {
  return line.map(({ text, tone }) => ({
    text: text.replace(/[^\x20-\x7e]/gu, letter => ASCII[letter] ?? '?'),
    tone,
  }));
}

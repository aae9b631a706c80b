/**
 * Where a command writes. Results go to standard output, everything else (progress, warnings, logs) to standard error, so
 * that `--json` and pipes stay clean. Colour follows NO_COLOR, FORCE_COLOR and whether the stream is a terminal.
 */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly log: (text: string) => void;
  readonly outPaint: Paint;
  readonly logPaint: Paint;
  /** Standard error is a terminal: progress may rewrite its line. */
  readonly interactive: boolean;
  readonly columns: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Gives other work its turn; throws `Interrupted` after Ctrl-C. */
  readonly checkpoint: () => Promise<void>;
}

export type Paint = (style: Style, text: string) => string;
export type Style = keyof typeof STYLES;

const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export const plainPaint: Paint = (_, text) => text;

export function paintFor(colour: boolean): Paint {
  if (!colour) return plainPaint;
  return (style, text) => {
    const [on, off] = STYLES[style];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  };
}

const ESCAPE = '\u001b';
/** What we send ourselves: colours, and the erasing of a line of progress. */
const OURS = new RegExp(`(${ESCAPE}\\[\\d+(?:;\\d+)*m|\r${ESCAPE}\\[2K)`);
/** What a terminal obeys, and what turns the direction of writing round. */
const OBEYED = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Names of files and texts of strategies may come from strangers: what would move a terminal's cursor, or worse, is shown
 * as a sign instead.
 */
export function harmless(text: string): string {
  const parts = text.split(OURS);
  return parts.map((part, i) => (i % 2 === 1 ? part : part.replace(OBEYED, signFor))).join('');
}

function signFor(character: string): string {
  if (character === '\n' || character === '\t') return character;
  const code = character.charCodeAt(0);
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\ufffd';
}

/** https://no-color.org: any value but the empty one switches colour off. */
export function wantsColour(environment: Terminal['environment'], isTerminal: boolean): boolean {
  if (environment.NO_COLOR !== undefined && environment.NO_COLOR !== '') return false;
  const forced = environment.FORCE_COLOR;
  if (forced !== undefined && forced !== '') return forced !== '0';
  return isTerminal && environment.TERM !== 'dumb';
}

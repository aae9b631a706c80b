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

/** https://no-color.org: any value but the empty one switches colour off. */
export function wantsColour(environment: Terminal['environment'], isTerminal: boolean): boolean {
  if (environment.NO_COLOR !== undefined && environment.NO_COLOR !== '') return false;
  const forced = environment.FORCE_COLOR;
  if (forced !== undefined && forced !== '') return forced !== '0';
  return isTerminal && environment.TERM !== 'dumb';
}

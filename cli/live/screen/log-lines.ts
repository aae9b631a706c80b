/** The run's log as it is shown: pino's JSON lines, read into entries and filtered. */
import { onOneLine, wrapped } from './cells.ts';
import { clockTime } from './figures.ts';
import { type Line, span, type Tone } from './line.ts';

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

export interface LogEntry {
  readonly timeMs: number;
  readonly level: Level;
  /** What happened and its facts, on one line. */
  readonly text: string;
}

/** A line longer than this is cut before it is read any further. */
const LONGEST = 2000;
/** Levels that the four stand for. */
const SHOWN_AS: Readonly<Record<string, Level>> = { trace: 'debug', fatal: 'error' };

/** A line that is no JSON is shown as it is: it is in the log for a reason. */
export function readEntry(line: string): LogEntry {
  const found = parsed(line);
  if (found === undefined) return { timeMs: Number.NaN, level: 'info', text: onOneLine(line.slice(0, LONGEST)) };
  const { time, level, msg, ...facts } = found;
  const told = Object.entries(facts).map(([name, value]) => ` ${name}=${wordOf(value)}`);
  return {
    timeMs: typeof time === 'number' ? time : Date.parse(String(time)),
    level: levelOf(level),
    text: onOneLine(`${String(msg ?? '')}${told.join('')}`.slice(0, LONGEST)),
  };
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const found: unknown = JSON.parse(line);
    return typeof found === 'object' && found !== null && !Array.isArray(found) ? { ...found } : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function levelOf(level: unknown): Level {
  const word = String(level);
  return LEVELS.find(known => known === (SHOWN_AS[word] ?? word)) ?? 'info';
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export interface LogFilter {
  readonly level: Level;
  /** Empty: everything. Upper and lower case are the same. */
  readonly text: string;
}

export function filteredLog(entries: readonly LogEntry[], { level, text }: LogFilter): readonly LogEntry[] {
  const least = LEVELS.indexOf(level);
  const wanted = text.toLowerCase();
  return entries.filter(
    entry => LEVELS.indexOf(entry.level) >= least && (wanted === '' || entry.text.toLowerCase().includes(wanted)),
  );
}

const TONE: Readonly<Record<Level, Tone>> = { debug: 'dim', info: 'plain', warn: 'warning', error: 'bad' };

export function lineOfEntry({ timeMs, level, text }: LogEntry): Line {
  return [span(`${clockTime(timeMs)} `, 'dim'), span(`${level.padEnd(5)} `, TONE[level]), span(text, TONE[level])];
}

const MOST_LINES = 6;
/** Time and level stand before each text. */
const INDENT = 15;

/** The whole text, in as many lines as it takes, those after the first one indented. */
export function linesOfEntry(entry: LogEntry, cells: number): readonly Line[] {
  const room = cells - INDENT;
  if (room < 20 || entry.text === '') return [lineOfEntry(entry)];
  return wrapped(entry.text, room, MOST_LINES).map((text, i) =>
    i === 0 ? lineOfEntry({ ...entry, text }) : [span(' '.repeat(INDENT)), span(text, TONE[entry.level])],
  );
}

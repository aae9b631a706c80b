/**
 * The log of a run: pino's lines in a file, plain words for a person, each where `system.logging` asks for it. What looks
 * like a key is blotted out by its name, and what is one, by its value, wherever it stands.
 */
import { Writable } from 'node:stream';
import { type Level, pino } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogSettings {
  /** As in system.yaml: TRACE, DEBUG, INFO, WARN, ERROR, FATAL. */
  readonly level: string;
  /** `console`, `file`. */
  readonly handlers: readonly string[];
  readonly file: string;
  /** Takes one line of plain words. */
  readonly say: (line: string) => void;
  /** Takes secrets out of a line (`blotter`). */
  readonly blot: (text: string) => string;
}

export interface Log {
  write(level: LogLevel, what: string, facts?: Readonly<Record<string, unknown>>): void;
  close(): void;
}

const LEVELS: Readonly<Record<string, Level>> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
  FATAL: 'fatal',
};
const SECRET_NAME = /key|secret|passw|token|credential/i;
const BLOT = '[redacted]';
/** Shorter values are words, not keys. */
const SHORTEST_SECRET = 8;

export function openLog({ level, handlers, file, say, blot }: LogSettings): Log {
  const streams: { stream: Writable; level: Level }[] = [];
  const least = LEVELS[level.toUpperCase()] ?? 'info';
  const disk = handlers.includes('file') ? pino.destination({ dest: file, sync: true, mode: 0o600 }) : undefined;
  if (disk !== undefined) streams.push({ stream: lineStream(line => void disk.write(blot(line))), level: least });
  if (handlers.includes('console'))
    streams.push({ stream: lineStream(line => say(blot(inWords(line)))), level: least });
  const logger = pino(
    {
      level: streams.length === 0 ? 'silent' : least,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }), log: facts => withoutSecrets(facts) },
    },
    pino.multistream(streams),
  );
  return {
    write: (at, what, facts = {}) => logger[at](facts, what),
    close: () => disk?.end(),
  };
}

function lineStream(take: (line: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write: (chunk, _, done) => {
      take(String(chunk));
      done();
    },
  });
}

/** `12:00:01 warn  order rejected order=3 why=…`. */
function inWords(line: string): string {
  const { time, level, msg, ...facts }: Record<string, unknown> = JSON.parse(line);
  const told = Object.entries(facts).map(
    ([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${String(time).slice(11, 19)} ${String(level).padEnd(5)} ${String(msg)}${told.join('')}\n`;
}

function withoutSecrets(facts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, SECRET_NAME.test(name) ? BLOT : value]),
  );
}

/** Replaces the values of all variables whose names say that they are secrets, and those of `known`. */
export function blotter(
  environment: Readonly<Record<string, string | undefined>>,
  known: readonly string[] = [],
): (text: string) => string {
  const values = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && SECRET_NAME.test(name) ? [value] : [],
  );
  const secrets = [...values, ...known]
    .filter(({ length }) => length >= SHORTEST_SECRET)
    // As it is, and as it stands in JSON and in addresses.
    .flatMap(secret => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
    .sort((a, b) => b.length - a.length);
  const forms = [...new Set(secrets)];
  return text => forms.reduce((blotted, secret) => blotted.replaceAll(secret, BLOT), text);
}

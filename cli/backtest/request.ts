/** What `vela backtest` was asked, read and checked before any file is opened. */
import { fixedMs } from '../../language/check/calendar.ts';
import type { DurationUnit } from '../../language/syntax/tree.ts';
import { isoMs } from '../../runtime/data/stamps.ts';
import type { Call } from '../command.ts';
import { usageError } from '../errors.ts';

/** What every command asks that runs a strategy. */
export interface StrategyRequest {
  readonly file: string;
  readonly capital?: number;
  readonly settings: readonly string[];
  readonly factsFile?: string;
}

export interface BacktestRequest extends StrategyRequest {
  readonly data: readonly string[];
  readonly mark: readonly string[];
  readonly funding: readonly string[];
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly maxGapMs?: number;
  readonly reportFile?: string;
  readonly series: readonly string[];
}

export function readRequest(call: Call): BacktestRequest {
  return readRunRequest(call, 'backtest');
}

/** Of a command that runs a strategy over whatever bars come. */
export function readStrategyRequest(call: Call, command: string): StrategyRequest {
  const { file, list } = withFile(call, command);
  return {
    file,
    settings: list('set'),
    ...present('capital', positive(call, 'capital')),
    ...present('factsFile', call.text('market')),
  };
}

/** Of a command that runs a strategy over candles. */
export function readRunRequest(call: Call, command: string): BacktestRequest {
  const { list } = withFile(call, command);
  const data = list('data');
  if (data.length === 0) {
    throw usageError(
      'no candles were named',
      'give `--data` a file, a folder or a pattern, as in `--data candles.csv`',
    );
  }
  const from = instant(call, 'from');
  const to = instant(call, 'to');
  if (from !== undefined && to !== undefined && from >= to) {
    throw usageError(
      '`--from` must be before `--to`',
      'bars that open before `--from` or close after `--to` are not traded',
    );
  }
  return {
    ...readStrategyRequest(call, command),
    data,
    mark: list('mark'),
    funding: list('funding'),
    series: list('series')
      .flatMap(names => names.split(','))
      .map(name => name.trim())
      .filter(name => name !== ''),
    ...present('fromMs', from),
    ...present('toMs', to),
    ...present('maxGapMs', duration(call, 'max-gap')),
    ...present('reportFile', call.text('report')),
  };
}

/** A value a bar is for other programs; the summary has no place for it. */
export function refuseColumnsAsText(call: Call, { series }: BacktestRequest): void {
  if (call.json) return;
  const asked = series.length > 0 ? 'series' : call.flag('equity') ? 'equity' : undefined;
  if (asked === undefined) return;
  throw usageError(
    `\`--${asked}\` gives a value at every bar, which only the JSON document holds`,
    'add `--json`; `--report FILE.html` draws equity and plots',
  );
}

const HOW: Readonly<Record<string, string>> = {
  run: 'write `vela run FILE --paper`, or `--replay CANDLES` to rehearse on recorded ones',
};

const STRATEGY = /\.(vela|ya?ml)$/i;

/**
 * An option that takes several values takes whatever follows it, so in `--data candles.csv sma_cross.vela` the strategy
 * has ended up among the candles: it is told by its name.
 */
function withFile(call: Call, command: string): { readonly file: string; readonly list: Call['list'] } {
  const [named] = call.arguments;
  if (named !== undefined) return { file: named, list: call.list };
  const file = ['data', 'mark', 'funding', 'set', 'series'].flatMap(call.list).find(value => STRATEGY.test(value));
  if (file === undefined)
    throw usageError('no strategy was named', HOW[command] ?? `write \`vela ${command} FILE --data CANDLES\``);
  return { file, list: name => call.list(name).filter(value => value !== file) };
}

/** An option that was not given leaves no key behind. */
function present<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}

function instant(call: Call, name: string): number | undefined {
  const text = call.text(name);
  if (text === undefined) return undefined;
  const timeMs = isoMs(text);
  if (Number.isNaN(timeMs)) {
    throw usageError(
      `\`--${name} ${text}\` is no date`,
      'write 2024-01-31 or 2024-01-31T14:30Z; without a zone it is UTC',
    );
  }
  return timeMs;
}

function positive(call: Call, name: string): number | undefined {
  const text = call.text(name);
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text.replaceAll('_', ''));
  if (!(value > 0 && Number.isFinite(value))) {
    throw usageError(`\`--${name} ${text}\` is no amount`, 'write a number above zero, as in `--capital 10000`');
  }
  return value;
}

function duration(call: Call, name: string): number | undefined {
  const text = call.text(name);
  if (text === undefined) return undefined;
  const ms = lengthMs(text);
  if (ms === undefined || ms === 0) {
    throw usageError(`\`--${name} ${text}\` is no length of time`, 'write it as in `6h`, `2d` or `1w`');
  }
  return ms;
}

/** `6h`, `2d`, `1w` in milliseconds; undefined for anything else. */
export function lengthMs(text: string): number | undefined {
  const [, count, unit] = /^(\d+)(ms|mo|s|m|h|d|w|y)$/.exec(text.trim()) ?? [];
  if (unit === undefined) return undefined;
  return fixedMs({ count: Number(count), unit: unit as DurationUnit, span: { start: 0, end: 0 } });
}

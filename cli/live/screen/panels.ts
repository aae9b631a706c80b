/** The parts of the screen, each from what the run says of itself to lines that fit. A table: what there is, in order. */
import type { LimitStatus, RiskStatus, RunStatus, SignalStatus } from '../../../runtime/live/status.ts';
import { onOneLine, wrapped } from './cells.ts';
import { age, barInstant, bytes, gain, milliseconds, percent, price, signedMoney, signedPercent } from './figures.ts';
import { filled, inARow, type Line, packed, type Span, span, table } from './line.ts';
import { bar } from './plots.ts';

export type PanelName = 'positions' | 'orders' | 'signals' | 'limits' | 'risk' | 'feed' | 'models' | 'system';

export interface PanelInput {
  readonly status: RunStatus;
  readonly nowMs: number;
}

/** A heading and what stands under it. */
export type Panel = (input: PanelInput, cells: number) => readonly Line[];

export const PANELS: Readonly<Record<PanelName, Panel>> = {
  positions: ({ status }, cells) => {
    const { instruments } = status;
    const held = instruments.filter(({ position, foreign, halted }) => position !== 0 || foreign !== 0 || halted);
    if (held.length === 0) return [nothing('POSITIONS', `flat in ${manyOf(instruments.length, 'instrument')}`, cells)];
    const rows = held.map(one => [
      span(onOneLine(one.symbol), 'strong'),
      span(one.position > 0 ? 'long' : one.position < 0 ? 'short' : 'flat', one.position < 0 ? 'bad' : 'good'),
      span(one.position === 0 ? '' : price(Math.abs(one.position))),
      span(one.position === 0 ? '' : price(one.entry)),
      span(price(one.price)),
      one.position === 0 ? span('') : gain(signedMoney(one.unrealised), one.unrealised),
      span(away(one.stop, one.price)),
      span(one.targets.length === 0 ? '' : away(one.targets[0] ?? null, one.price)),
      span(one.foreign === 0 ? '' : `${price(one.foreign)} not ours`, 'warning'),
      span(haltOf(one.halted), 'warning'),
    ]);
    return table(POSITION_COLUMNS, rows, cells);
  },
  orders: ({ status }, cells) => {
    if (status.orders.length === 0) return [nothing('ORDERS', 'none open', cells)];
    const prices = new Map(status.instruments.map(one => [one.symbol, one.price]));
    const rows = status.orders.map(order => [
      span(onOneLine(order.symbol), 'strong'),
      span(order.side, order.side === 'buy' ? 'good' : 'bad'),
      span(onOneLine(order.type)),
      span(price(order.quantity)),
      span(order.price === null ? 'market' : away(order.price, prices.get(order.symbol) ?? null)),
      span(onOneLine(order.role)),
      span(onOneLine(order.status), order.status === 'unknown' ? 'alarm' : 'plain'),
      span(onOneLine(order.clientId), 'dim'),
    ]);
    return table(ORDER_COLUMNS, rows, cells);
  },
  signals: ({ status }, cells) => {
    if (status.signals.length === 0) return [nothing('SIGNALS', 'none yet', cells)];
    const rows = status.signals.map(signal => [...signalCells(signal), span(valuesOf(signal).join('  '), 'accent')]);
    return table([...SIGNAL_COLUMNS, { title: 'made by', rank: 6, least: 10 }], rows, cells);
  },
  limits: ({ status }, cells) => {
    if (status.limits.length === 0) return [nothing('LIMITS', 'none declared', cells)];
    const limits = status.limits.toSorted((a, b) => urgency(b) - urgency(a));
    const rows = limits.map(limit => {
      const share = usedOf(limit);
      const tone = limit.isHalted ? 'alarm' : share >= 0.8 ? 'warning' : 'plain';
      return [
        span(onOneLine(limit.name.replaceAll('_', ' ')), tone === 'plain' ? 'plain' : tone),
        span(bar(share, barCells(cells)), share >= 1 ? 'bad' : share >= 0.8 ? 'warning' : 'good'),
        span(percent(share)),
        span(`${percent(limit.value, 1)} of ${percent(limit.bound, 1)}`, 'dim'),
        span(limit.isHalted ? 'HALTED' : '', 'alarm'),
      ];
    });
    return table(LIMIT_COLUMNS, rows, cells);
  },
  risk: ({ status: { risk, instruments } }, cells) => {
    const tails: readonly (readonly [string, RiskStatus['own']])[] = [
      ['held', risk.held],
      ['equity', risk.own],
    ];
    const told = tails.flatMap(([what, tail]): Line[] => {
      if (tail === null) return [];
      const figures = `VaR95 ${percent(tail.valueAtRisk95, 2)} ES95 ${percent(tail.expectedShortfall95, 2)}`;
      return [[span(`${what} a bar `, 'dim'), span(figures)]];
    });
    const closest = risk.correlations.toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value))[0];
    const together: Line =
      closest === undefined
        ? []
        : [span(`${onOneLine(closest.a)}~${onOneLine(closest.b)} `, 'dim'), span(percent(closest.value))];
    const net = instruments.length > 1 ? ` net ${percent(risk.netExposure)}` : '';
    const exposure: Line = [span('exposure ', 'dim'), span(`${percent(risk.grossExposure)}${net}`)];
    return [inARow([[span('RISK', 'strong')], exposure, ...told, together], cells)];
  },
  feed: ({ status, nowMs }, cells) => {
    const { instruments, counts } = status;
    const late = instruments.toSorted(
      (a, b) => Number(b.isStale) - Number(a.isStale) || (b.latenessMs ?? -1) - (a.latenessMs ?? -1),
    );
    const parts = late.map(({ symbol, latenessMs, isStale, lastBarMs }, i): Line => {
      const since = lastBarMs === null ? '' : ` ${age(nowMs - lastBarMs)}`;
      if (isStale) return [span(onOneLine(symbol)), span(` STALE${since}`, 'alarm')];
      const bar = i === 0 ? ` bar ${barInstant(lastBarMs)},` : '';
      const late = latenessMs === null ? ' no bar yet' : `${bar} ${milliseconds(Math.max(0, latenessMs))} late`;
      return [span(onOneLine(symbol)), span(late, 'dim')];
    });
    const troubles: readonly (readonly [number, string])[] = [
      [counts.missingBars, 'missing'],
      [counts.lateBars, 'late'],
      [counts.revisedBars, 'revised'],
      [counts.reconnects, counts.reconnects === 1 ? 'reconnect' : 'reconnects'],
    ];
    const counted = troubles
      .filter(([count]) => count > 0)
      .map(([count, what]): Line => [span(`${count} ${what}`, 'warning')]);
    return packed([[span('FEED', 'strong')], ...parts.slice(0, 1), ...counted, ...parts.slice(1)], cells);
  },
  models: ({ status }, cells) => {
    if (status.models.length === 0) return [];
    const rows = status.models.map(model => [
      span(onOneLine(model.name), 'strong'),
      span(onOneLine(model.version), 'dim'),
      span(`p50 ${milliseconds(model.latencyMs.p50)}  p99 ${milliseconds(model.latencyMs.p99)}`),
      span(
        model.drift === null ? '' : `drift ${price(Math.round(model.drift * 1000) / 1000)} ${driftWord(model.drift)}`,
        driftTone(model.drift),
      ),
      span(model.failures === 0 ? '' : `${model.failures} failed`, 'bad'),
      span(model.training === undefined ? '' : onOneLine(model.training), 'accent'),
    ]);
    return table(MODEL_COLUMNS, rows, cells);
  },
  system: ({ status }, cells) => {
    const { system, orderLatencyMs, counts } = status;
    const some = (count: number, what: string): Line => (count > 0 ? [span(`${count} ${what}`, 'warning')] : []);
    return [
      inARow(
        [
          [span('SYSTEM', 'strong')],
          [
            span('close→order '),
            span(`p50 ${milliseconds(orderLatencyMs.p50)} p99 ${milliseconds(orderLatencyMs.p99)}`, 'dim'),
          ],
          [span(`slippage ${signedMoney(status.slippage.money)}`, 'dim')],
          some(counts.unknown, 'unknown'),
          some(counts.rejected, 'rejected'),
          some(counts.errors, 'errors'),
          some(counts.repairs, 'repairs'),
          [span(`cpu ${percent(system.cpu)}`, 'dim')],
          [span(`memory ${bytes(system.rssBytes)}`, 'dim')],
          [span(`loop p99 ${milliseconds(system.eventLoopMs.p99)}`, 'dim')],
          [span(`disk ${bytes(system.freeDiskBytes)} free`, 'dim')],
        ],
        cells,
      ),
    ];
  },
};

const POSITION_COLUMNS = [
  { title: 'POSITIONS', rank: 9, least: 8 },
  { title: 'side', rank: 8 },
  { title: 'quantity', rank: 7, side: 'right' },
  { title: 'entry', rank: 4, side: 'right' },
  { title: 'price', rank: 3, side: 'right' },
  { title: 'profit', rank: 8, side: 'right' },
  { title: 'stop', rank: 6, side: 'right' },
  { title: 'target', rank: 5, side: 'right' },
  { title: '', rank: 7, least: 8 },
  { title: '', rank: 7, least: 8 },
] as const;

const ORDER_COLUMNS = [
  { title: 'ORDERS', rank: 9, least: 8 },
  { title: 'side', rank: 8 },
  { title: 'type', rank: 4 },
  { title: 'quantity', rank: 6, side: 'right' },
  { title: 'price', rank: 7, side: 'right' },
  { title: 'for', rank: 5, least: 6 },
  { title: 'state', rank: 7 },
  { title: 'id', rank: 1 },
] as const;

const SIGNAL_COLUMNS = [
  { title: 'SIGNALS', rank: 9, least: 8 },
  { title: 'UTC', rank: 5 },
  { title: 'rule', rank: 7, least: 12 },
] as const;

const LIMIT_COLUMNS = [
  { title: 'LIMITS', rank: 9, least: 8 },
  { title: '', rank: 5 },
  { title: 'used', rank: 8, side: 'right' },
  { title: '', rank: 4 },
  { title: '', rank: 7 },
] as const;

const MODEL_COLUMNS = [
  { title: 'MODELS', rank: 9, least: 8 },
  { title: 'version', rank: 3, least: 8 },
  { title: 'answers in', rank: 6 },
  { title: 'inputs', rank: 7 },
  { title: '', rank: 8 },
  { title: '', rank: 4, least: 10 },
] as const;

function signalCells({ symbol, timeMs, rule }: SignalStatus): readonly Span[] {
  return [span(onOneLine(symbol), 'strong'), span(barInstant(timeMs).slice(5), 'dim'), span(onOneLine(rule))];
}

function valuesOf({ values }: SignalStatus): readonly string[] {
  return Object.entries(values).map(([name, value]) => `${onOneLine(name)} ${price(value)}`);
}

/** On a page of their own the values that made a signal stand whole, below it. */
export const wholeSignals: Panel = (input, cells) => {
  const { signals } = input.status;
  if (signals.length === 0) return PANELS.signals(input, cells);
  const [heading = [], ...lines] = table(SIGNAL_COLUMNS, signals.map(signalCells), cells);
  const below = (signal: SignalStatus) =>
    packed(
      valuesOf(signal).map((text): Line => [span(text, 'accent')]),
      cells - INDENT.length,
    ).map((line): Line => [span(INDENT), ...line]);
  return [heading, ...signals.flatMap((signal, i) => [lines[i] ?? [], ...below(signal)])];
};

const INDENT = '  ';

/** What keeps the run from doing all that it should, and what to do about it: a line or two each. */
export function troubleLines({ status, nowMs }: PanelInput, cells: number, most: number): readonly Line[] {
  const each = status.degraded.length > 0 ? Math.max(1, Math.min(3, Math.floor(most / status.degraded.length))) : 0;
  const lines = status.degraded.flatMap(({ code, symbol, sinceMs, text }) => {
    const head = `! ${code}${symbol === undefined ? '' : ` ${onOneLine(symbol)}`} ${age(nowMs - sinceMs)}: `;
    return wrapped(`${head}${onOneLine(text)}`, cells, each).map((part): Line => [span(part, 'warning')]);
  });
  return lines.length <= most ? lines : withMore(lines, most);
}

/** The first lines, the last of them saying how many are missing. */
function withMore(lines: readonly Line[], most: number): readonly Line[] {
  if (lines.length <= most) return lines;
  if (most < 1) return [];
  return [...lines.slice(0, most - 1), [span(`  … ${lines.length - most + 1} more`, 'dim')]];
}

/** A panel cut to so many lines: its heading says how many rows are missing. */
export function shortened([heading = [], ...rows]: readonly Line[], most: number, cells: number): readonly Line[] {
  if (rows.length < most) return [heading, ...rows];
  const more = ` +${rows.length - most + 1} more`;
  return [[...filled(heading, cells - more.length), span(more, 'dim')], ...rows.slice(0, Math.max(0, most - 1))];
}

function nothing(title: string, text: string, cells: number): Line {
  return inARow([[span(title, 'strong')], [span(text, 'dim')]], cells);
}

function manyOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** A person's stop is told at the top; here stands what else keeps entries away. */
function haltOf(why: string | undefined): string {
  if (why === undefined) return '';
  return why === 'halted' ? 'no entries' : `no entries: ${onOneLine(why)}`;
}

/** A price and how far it is from the last one: `62 000 −3.1 %`. */
function away(level: number | null, last: number | null): string {
  if (level === null) return '';
  const share = last === null || last === 0 ? Number.NaN : level / last - 1;
  return Number.isFinite(share) ? `${price(level)} ${signedPercent(share, 1)}` : price(level);
}

function usedOf({ value, bound }: LimitStatus): number {
  if (bound === 0) return value > 0 ? 1 : 0;
  return value / bound;
}

function urgency(limit: LimitStatus): number {
  const share = usedOf(limit);
  return (limit.isHalted ? 1000 : 0) + (Number.isFinite(share) ? Math.min(share, 999) : 0);
}

function barCells(cells: number): number {
  return Math.max(8, Math.min(30, Math.floor(cells / 4)));
}

/** Bounds of the population stability index that the field goes by. */
const [SHIFTING, SHIFTED] = [0.1, 0.25];

function driftTone(drift: number | null): Span['tone'] {
  if (drift === null || drift < SHIFTING) return 'plain';
  return drift < SHIFTED ? 'warning' : 'bad';
}

function driftWord(drift: number): string {
  return drift < SHIFTING ? '' : drift < SHIFTED ? 'shifting' : 'shifted';
}

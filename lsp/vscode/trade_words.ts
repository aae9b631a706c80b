/** How a trade and the bars that made it are put into words. */
import type { TradeBars, TradeRow } from '../server/protocol.ts';

type Bar = TradeBars['bars'][number];
type Value = Bar['values'][number];

export function tradeLabel({ number, instrument, side, entryTime, exitTime, profit, reason }: TradeRow) {
  return {
    label: `${profit < 0 ? '$(arrow-down)' : '$(arrow-up)'} ${number}  ${side} ${instrument}`,
    description: `${signed(profit)}  ${reason}`,
    detail: `${minute(entryTime)} to ${minute(exitTime)}`,
  };
}

/** One line at the rule: which trade, and the bar itself. */
export function tradeTitle({ trade, bars }: TradeBars): string {
  const columns = bars
    .find(({ what }) => what === 'entry')
    ?.values.filter(({ kind }) => kind === 'column')
    .map(({ name, value }) => `${name} ${shown(value)}`);
  return [
    `trade ${trade.number}: ${trade.side} at ${shown(trade.entryPrice)}, ${trade.reason} at ${shown(trade.exitPrice)}`,
    signed(trade.profit),
    ...(columns?.length ? [`entry bar: ${columns.join(', ')}`] : []),
  ].join('  ·  ');
}

export interface BarLine {
  readonly range: NonNullable<Value['range']>;
  readonly text: string;
  /** Markdown. */
  readonly hover: string;
}

/** One line a declaration: its value at the entry bar, then at the exit bar. */
export function barLines({ bars }: TradeBars): readonly BarLine[] {
  const byPlace = new Map<
    string,
    { readonly range: BarLine['range']; readonly name: string; readonly at: [Bar, Value][] }
  >();
  for (const bar of bars) {
    for (const value of bar.values) {
      if (value.range === undefined) continue;
      const key = `${value.range.start.line}:${value.range.start.character}`;
      const line = byPlace.get(key) ?? { range: value.range, name: value.name, at: [] };
      line.at.push([bar, value]);
      byPlace.set(key, line);
    }
  }
  return [...byPlace.values()].map(({ range, name, at }) => ({
    range,
    text: at.map(([{ what }, { value }]) => `${what} ${shown(value)}`).join('   '),
    hover: at
      .map(
        ([{ what, time }, { value }]) => `- \`${name}\` at ${what} (bar of ${minute(time)} UTC): **${shown(value)}**`,
      )
      .join('\n'),
  }));
}

function shown(value: number | boolean | null): string {
  if (value === null) return 'absent';
  if (typeof value === 'boolean') return String(value);
  const text = Math.abs(value) >= 1e-4 || value === 0 ? String(Number(value.toPrecision(7))) : value.toPrecision(4);
  return text.replace('-', '−');
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}

function minute(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}

/** How a trade and the bars that made it are put into words. The server counts trades from 0, people from 1. */
import type { TradeBars, TradeRow } from '../server/protocol.ts';

type Bar = TradeBars['bars'][number];
type Value = Bar['values'][number];

export function tradeLabel({ number, instrument, side, entryTime, exitTime, profit, reason }: TradeRow) {
  return {
    label: `${profit < 0 ? '$(arrow-down)' : '$(arrow-up)'} ${number + 1}  ${side} ${instrument}`,
    description: `${signed(profit)}  ${reason}`,
    detail: `${minute(entryTime)} to ${minute(exitTime)}`,
  };
}

export function tradeTitle({ trade: { number, profit } }: TradeBars): string {
  return `trade ${number + 1}: ${signed(profit)}`;
}

/** How it went. */
export function tradeStory({ trade }: TradeBars): string {
  const { side, entryTime, entryPrice, exitTime, exitPrice, reason } = trade;
  return `${side} ${minute(entryTime)} at ${shown(entryPrice)} · ${reason} ${minute(exitTime)} at ${shown(exitPrice)}`;
}

export interface BarLine {
  readonly range: NonNullable<Value['range']>;
  readonly text: string;
}

/** One line a declaration: its value at the entry bar, then at the exit bar. */
export function barLines({ bars }: TradeBars): readonly BarLine[] {
  const byPlace = new Map<string, { readonly range: BarLine['range']; readonly said: string[] }>();
  for (const { what, values } of bars) {
    for (const { range, value } of values) {
      if (range === undefined) continue;
      const key = `${range.start.line}:${range.start.character}`;
      const line = byPlace.get(key) ?? { range, said: [] };
      line.said.push(`${what} ${shown(value)}`);
      byPlace.set(key, line);
    }
  }
  return [...byPlace.values()].map(({ range, said }) => ({ range, text: said.join(' · ') }));
}

function shown(value: number | boolean | null): string {
  if (value === null) return 'absent';
  if (typeof value === 'boolean') return String(value);
  const isPlain = value === 0 || Math.abs(value) >= 1e-4;
  return (isPlain ? String(Number(value.toPrecision(7))) : value.toPrecision(4)).replace('-', '−');
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}

function minute(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}

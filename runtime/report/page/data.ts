/** The embedded columns, decoded. */
import type * as Charts from 'lightweight-charts';
import type { ChartData } from '../html/chart_data.ts';

export const data: ChartData = JSON.parse(element('chart-data').textContent ?? '');
export const times = Array.from(new Uint32Array(bytes(data.times)), seconds => seconds as Charts.UTCTimestamp);
/** Absent where there is no price to draw. */
export const candles = data.candles && {
  open: floats(data.candles.open),
  high: floats(data.candles.high),
  low: floats(data.candles.low),
  close: floats(data.candles.close),
};

export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the report has no element ${id}`);
  return found;
}

export function bytes(text: string): ArrayBuffer {
  return Uint8Array.from(atob(text), character => character.charCodeAt(0)).buffer;
}

export function floats(text: string): Float32Array {
  return new Float32Array(bytes(text));
}

export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/**
 * The trades in view: an arrow where each was entered and a dot where it ended while there is room for both, a small dot
 * for each trade while they can be told apart, and otherwise their number.
 */
import type * as Charts from 'lightweight-charts';
import type { TradeRow } from '../html/chart_data.ts';
import { colour, data, element, times } from './data.ts';
import { grouped } from './show.ts';

declare const LightweightCharts: typeof Charts;

/** Width that a trade needs on average. */
const ROOM_FOR_ARROWS_PX = 14;
const ROOM_FOR_A_DOT_PX = 4;

export function drawMarkers(
  chart: Charts.IChartApi,
  bars: Charts.ISeriesApi<'Candlestick'>,
  holder: HTMLElement,
): void {
  const plugin = LightweightCharts.createSeriesMarkers(bars, []);
  const note = element('marker-note');
  const update = () => {
    const range = chart.timeScale().getVisibleLogicalRange();
    if (range === null) return;
    const from = times[Math.max(0, Math.floor(range.from))] ?? Number.POSITIVE_INFINITY;
    const last = Math.min(times.length - 1, Math.ceil(range.to));
    const to = (times[last] ?? 0) + ((times[1] ?? 0) - (times[0] ?? 0));
    const visible = data.trades.filter(([, entry, exit]) => exit >= from && entry <= to);
    const room = holder.clientWidth / Math.max(1, visible.length);
    const count = grouped(visible.length, 0);
    if (room >= ROOM_FOR_ARROWS_PX) show(visible.flatMap(arrowAndDot), '');
    else if (room >= ROOM_FOR_A_DOT_PX)
      show(visible.map(dot), `${count} trades, a dot each: zoom in for entry and exit`);
    else show([], `${count} trades in view: zoom in to see them`);
  };
  const show = (markers: readonly Marker[], text: string) => {
    note.textContent = text;
    plugin.setMarkers([...markers].sort((a, b) => a.time - b.time));
  };
  chart.timeScale().subscribeVisibleLogicalRangeChange(update);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', update);
  update();
}

type Marker = Charts.SeriesMarker<Charts.Time> & { readonly time: Charts.UTCTimestamp };

/** By its result, at its entry. */
function dot([, entry, , , , , , ratio]: TradeRow): Marker {
  const color = colour(ratio >= 0 ? 'gain' : 'loss');
  return { time: pointAt(entry), position: ratio >= 0 ? 'belowBar' : 'aboveBar', shape: 'circle', color, size: 0.3 };
}

function arrowAndDot([side, entry, exit, , , , , ratio, , , , open]: TradeRow): readonly Marker[] {
  const long = side === 'long';
  const gained = colour(ratio >= 0 ? 'gain' : 'loss');
  const opened: Marker = {
    time: pointAt(entry),
    position: long ? 'belowBar' : 'aboveBar',
    shape: long ? 'arrowUp' : 'arrowDown',
    color: colour('accent'),
    size: 1,
  };
  if (open === 1) return [opened];
  return [
    opened,
    { time: pointAt(exit), position: long ? 'aboveBar' : 'belowBar', shape: 'circle', color: gained, size: 0.6 },
  ];
}

/** The drawn point that holds an instant. */
export function pointAt(seconds: number): Charts.UTCTimestamp {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((times[middle] ?? 0) <= seconds) low = middle;
    else high = middle - 1;
  }
  return times[low] ?? (0 as Charts.UTCTimestamp);
}

/** Arrows at the trades in view, while they are few enough to be told apart. */
import type * as Charts from 'lightweight-charts';
import type { TradeRow } from '../html/chart_data.ts';
import { colour, data, element, times } from './data.ts';
import { grouped } from './show.ts';

declare const LightweightCharts: typeof Charts;

const MOST_MARKERS = 300;

export function drawMarkers(chart: Charts.IChartApi, bars: Charts.ISeriesApi<'Candlestick'>): void {
  const plugin = LightweightCharts.createSeriesMarkers(bars, []);
  const note = element('marker-note');
  const update = () => {
    const range = chart.timeScale().getVisibleLogicalRange();
    if (range === null) return;
    const from = times[Math.max(0, Math.floor(range.from))] ?? Number.POSITIVE_INFINITY;
    const last = Math.min(times.length - 1, Math.ceil(range.to));
    const to = (times[last] ?? 0) + ((times[1] ?? 0) - (times[0] ?? 0));
    const visible = data.trades.filter(([, entry, exit]) => exit >= from && entry <= to);
    const tooMany = visible.length > MOST_MARKERS;
    note.textContent = tooMany ? `${grouped(visible.length, 0)} trades in view: zoom in to see them` : '';
    plugin.setMarkers(tooMany ? [] : visible.flatMap(markersOf).sort((a, b) => a.time - b.time));
  };
  chart.timeScale().subscribeVisibleLogicalRangeChange(update);
  update();
}

type Marker = Charts.SeriesMarker<Charts.Time> & { readonly time: Charts.UTCTimestamp };

function markersOf([side, entry, exit, , , , , ratio, , , , open]: TradeRow): readonly Marker[] {
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

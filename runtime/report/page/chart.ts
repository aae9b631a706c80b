/** The chart: one pane under another on one time axis: price, the strategy's own panes, equity, drawdown. */
import type * as Charts from 'lightweight-charts';
import { candles, colour, data, element, floats, times } from './data.ts';
import { drawLegends, type Line } from './legends.ts';
import { drawMarkers, pointAt } from './markers.ts';
import { grouped, percent, price, significant } from './show.ts';

declare const LightweightCharts: typeof Charts;

/** One pane after another: price where there is one, the strategy's own panes, equity, drawdown. */
function paneNames(): readonly string[] {
  const own = [...new Set(data.plots.map(plot => plot.pane))].filter(pane => pane !== 'price');
  return [...(candles === undefined ? [] : ['price']), ...own, 'equity', 'drawdown'];
}

const HEIGHT: Readonly<Record<string, number>> = { price: 380, equity: 170, drawdown: 110 };
const OWN_HEIGHT = candles === undefined ? 190 : 110;

export function drawChart(): void {
  const holder = element('chart');
  const panes = paneNames();
  const heights = panes.map(pane => HEIGHT[pane] ?? OWN_HEIGHT);
  holder.style.height = `${heights.reduce((sum, height) => sum + height, 28)}px`;
  const chart = LightweightCharts.createChart(holder, {
    autoSize: true,
    layout: {
      attributionLogo: false,
      fontSize: 11,
      fontFamily: getComputedStyle(document.body).fontFamily,
      panes: { enableResize: true },
    },
    rightPriceScale: { borderVisible: false, minimumWidth: 76 },
    timeScale: { timeVisible: true, secondsVisible: false, borderVisible: false, minBarSpacing: 0.001, rightOffset: 2 },
    crosshair: { mode: LightweightCharts.CrosshairMode.Normal },
    handleScroll: { vertTouchDrag: false, mouseWheel: false },
    handleScale: { mouseWheel: false },
  });

  const bars = candles && drawBars(chart, candles);

  const legends: Line[][] = panes.map(() => []);
  const addLine = (pane: number, line: Line, width: 1 | 2, format: (value: number) => string) => {
    const series = chart.addSeries(
      LightweightCharts.LineSeries,
      {
        lineWidth: width,
        priceLineVisible: false,
        lastValueVisible: panes[pane] !== 'price',
        crosshairMarkerVisible: false,
        priceFormat: { type: 'custom', minMove: 1e-9, formatter: (value: number) => withoutZeros(format(value)) },
      },
      pane,
    );
    series.setData(times.map((time, i) => point(time, at(line.values, i))));
    legends[pane]?.push(line);
    return series;
  };
  const recolour: (() => void)[] = [];
  data.plots.forEach((plot, i) => {
    const pane = panes.indexOf(plot.pane);
    const show = plot.pane === 'price' ? price : significant;
    const name = `line-${(i % 6) + 1}`;
    const series = addLine(pane, { label: plot.name, colour: name, values: floats(plot.values), show }, 1, show);
    recolour.push(() => series.applyOptions({ color: colour(name) }));
  });

  const money = (value: number) => grouped(value, Math.abs(value) < 100 ? 2 : 0);
  const equityPane = panes.length - 2;
  const benchmark = addLine(
    equityPane,
    { label: data.benchmarkName, colour: 'quiet', values: floats(data.benchmark), show: money },
    1,
    money,
  );
  const equity = addLine(
    equityPane,
    { label: `equity, ${data.currency}`, colour: 'accent', values: floats(data.equity), show: money },
    2,
    money,
  );
  const depths = floats(data.drawdown);
  const deepest = depths.reduce((least, depth) => Math.min(least, depth), -SHALLOWEST);
  const depth = chart.addSeries(
    LightweightCharts.BaselineSeries,
    {
      lineWidth: 1,
      priceLineVisible: false,
      crosshairMarkerVisible: false,
      priceFormat: { type: 'custom', minMove: 1e-9, formatter: percent },
      baseValue: { type: 'price', price: 0 },
      // From the peak down, in whatever part of the time: how deep is seen against the deepest.
      autoscaleInfoProvider: () => ({ priceRange: { minValue: deepest, maxValue: 0 } }),
    },
    panes.length - 1,
  );
  depth.setData(times.map((time, i) => point(time, at(depths, i))));
  legends.at(-1)?.push({ label: 'drawdown', colour: 'loss', values: depths, show: percent });

  chart.panes().forEach((pane, i) => {
    pane.setStretchFactor(heights[i] ?? 100);
  });

  const paint = () => {
    chart.applyOptions({
      layout: {
        background: { color: 'transparent' },
        textColor: colour('muted'),
        panes: { separatorColor: colour('rule'), separatorHoverColor: colour('rule') },
      },
      grid: { vertLines: { color: colour('grid') }, horzLines: { color: colour('grid') } },
    });
    bars?.applyOptions({
      upColor: colour('gain'),
      downColor: colour('loss'),
      wickUpColor: colour('gain'),
      wickDownColor: colour('loss'),
      borderVisible: false,
    });
    equity.applyOptions({ color: colour('accent') });
    benchmark.applyOptions({ color: colour('quiet') });
    depth.applyOptions({
      topLineColor: colour('loss'),
      bottomLineColor: colour('loss'),
      bottomFillColor1: `${colour('loss')}10`,
      bottomFillColor2: `${colour('loss')}40`,
    });
    for (const apply of recolour) apply();
  };
  paint();
  const isLog = (columns: readonly Float32Array[], most: number) =>
    LightweightCharts.PriceScaleMode[grewManifold(columns, most) ? 'Logarithmic' : 'Normal'];
  const modes = new Map([
    ...(candles === undefined ? [] : [[0, isLog([candles.high, candles.low], Number.POSITIVE_INFINITY)] as const]),
    [equityPane, isLog([floats(data.equity), floats(data.benchmark)], LARGEST_LOSS)] as const,
  ]);
  panes.forEach((_, pane) => {
    // The legend stands above the lines, not on them.
    const top = Math.min(0.25, LEGEND_HEIGHT / (heights[pane] ?? LEGEND_HEIGHT));
    const mode = modes.get(pane) ?? LightweightCharts.PriceScaleMode.Normal;
    chart.priceScale('right', pane).applyOptions({ mode, scaleMargins: { top, bottom: 0.06 } });
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint);

  chart.timeScale().fitContent();
  if (bars !== undefined) drawMarkers(chart, bars, holder);
  drawLegends(chart, holder, legends);
  rangeButtons(chart);
  wheelAfterClick(chart, holder);
}

const at = (values: Float32Array, i: number) => values[i] ?? Number.NaN;

function drawBars(chart: Charts.IChartApi, { open, high, low, close }: NonNullable<typeof candles>) {
  const bars = chart.addSeries(LightweightCharts.CandlestickSeries, {
    priceLineVisible: false,
    priceFormat: { type: 'custom', minMove: 10 ** -data.priceDecimals, formatter: axisPrice },
  });
  bars.setData(
    times.map((time, i) => {
      const last = at(close, i);
      // A bar that is absent leaves its place empty.
      if (Number.isNaN(last)) return { time };
      return { time, open: at(open, i), high: at(high, i), low: at(low, i), close: last };
    }),
  );
  return bars;
}

/** What a pane of the drawdown shows at least, so that none is drawn for a run that never lost. */
const SHALLOWEST = 0.01;
const LEGEND_HEIGHT = 28;
/** An account that shrank to less than a thousandth would have a logarithmic scale of its last cents. */
const LARGEST_LOSS = 1000;

/** The labels of an axis leave out decimals that say nothing. */
function withoutZeros(text: string): string {
  return text.replace(/\.0+$|(\.\d*[1-9])0+$/, '$1');
}

const axisPrice = (value: number) => withoutZeros(price(value));

/**
 * Values that grew or shrank manifold, but not more than `most` times, are drawn on a logarithmic scale: equal distances
 * are equal ratios.
 */
function grewManifold(columns: readonly Float32Array[], most: number): boolean {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const column of columns) {
    for (const value of column) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low > 0 && high / low > 4 && high / low <= most;
}

/** A point without a value leaves a hole in the line. */
function point(
  time: Charts.UTCTimestamp,
  value: number,
): Charts.LineData<Charts.Time> | Charts.WhitespaceData<Charts.Time> {
  return Number.isNaN(value) ? { time } : { time, value };
}

function rangeButtons(chart: Charts.IChartApi): void {
  const days: Readonly<Record<string, number>> = { '1w': 7, '1m': 30, '3m': 91, '1y': 365 };
  const last = times.at(-1) ?? 0;
  for (const button of document.querySelectorAll<HTMLButtonElement>('#ranges button')) {
    const length = days[button.dataset.range ?? ''];
    button.hidden = length !== undefined && last - length * 86_400 <= (times[0] ?? 0);
    button.addEventListener('click', () => {
      if (length === undefined) chart.timeScale().fitContent();
      else chart.timeScale().setVisibleRange({ from: pointAt(last - length * 86_400), to: pointAt(last) });
    });
  }
}

/** The wheel scrolls the page until the reader has clicked into the chart. */
function wheelAfterClick(chart: Charts.IChartApi, holder: HTMLElement): void {
  const set = (mouseWheel: boolean) =>
    chart.applyOptions({ handleScroll: { mouseWheel }, handleScale: { mouseWheel } });
  holder.addEventListener('pointerdown', () => set(true));
  holder.addEventListener('pointerleave', () => set(false));
}

/** The chart: one pane under another on one time axis: price, the strategy's own panes, equity, drawdown. */
import type * as Charts from 'lightweight-charts';
import { candles, colour, data, element, floats, times } from './data.ts';
import { drawLegends, type Line } from './legends.ts';
import { drawMarkers, pointAt } from './markers.ts';
import { grouped, percent, price, significant } from './show.ts';

declare const LightweightCharts: typeof Charts;

/** One pane after another: price, the strategy's own panes, equity, drawdown. */
function paneNames(): readonly string[] {
  const own = [...new Set(data.plots.map(plot => plot.pane))].filter(pane => pane !== 'price');
  return ['price', ...own, 'equity', 'drawdown'];
}

export function drawChart(): void {
  const holder = element('chart');
  const panes = paneNames();
  const own = panes.length - 3;
  holder.style.height = `${380 + own * 110 + 170 + 110 + 28}px`;
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

  const bars = chart.addSeries(LightweightCharts.CandlestickSeries, {
    priceLineVisible: false,
    priceFormat: { type: 'price', precision: data.priceDecimals, minMove: 10 ** -data.priceDecimals },
  });
  const at = (values: Float32Array, i: number) => values[i] ?? Number.NaN;
  bars.setData(
    times.map((time, i) => {
      const close = at(candles.close, i);
      // A bar that is absent leaves its place empty.
      if (Number.isNaN(close)) return { time };
      return { time, open: at(candles.open, i), high: at(candles.high, i), low: at(candles.low, i), close };
    }),
  );

  const legends: Line[][] = panes.map(() => []);
  const addLine = (pane: number, line: Line, width: 1 | 2, format: (value: number) => string) => {
    const series = chart.addSeries(
      LightweightCharts.LineSeries,
      {
        lineWidth: width,
        priceLineVisible: false,
        lastValueVisible: pane !== 0,
        crosshairMarkerVisible: false,
        priceFormat: { type: 'custom', minMove: 1e-9, formatter: format },
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
    const show = pane === 0 ? price : significant;
    const name = `line-${(i % 6) + 1}`;
    const series = addLine(pane, { label: plot.name, colour: name, values: floats(plot.values), show }, 1, show);
    recolour.push(() => series.applyOptions({ color: colour(name) }));
  });

  const money = (value: number) => grouped(value, Math.abs(value) < 100 ? 2 : 0);
  const equityPane = panes.length - 2;
  const benchmark = addLine(
    equityPane,
    { label: 'buy and hold', colour: 'quiet', values: floats(data.benchmark), show: money },
    1,
    money,
  );
  const equity = addLine(
    equityPane,
    { label: `equity, ${data.currency}`, colour: 'accent', values: floats(data.equity), show: money },
    2,
    money,
  );
  const depth = chart.addSeries(
    LightweightCharts.AreaSeries,
    {
      lineWidth: 1,
      priceLineVisible: false,
      crosshairMarkerVisible: false,
      priceFormat: { type: 'custom', minMove: 1e-9, formatter: percent },
      invertFilledArea: true,
    },
    panes.length - 1,
  );
  const depths = floats(data.drawdown);
  depth.setData(times.map((time, i) => point(time, at(depths, i))));
  legends.at(-1)?.push({ label: 'drawdown', colour: 'loss', values: depths, show: percent });

  const heights = panes.map((_, i) =>
    i === 0 ? 380 : i < panes.length - 2 ? 110 : i === panes.length - 2 ? 170 : 110,
  );
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
    bars.applyOptions({
      upColor: colour('gain'),
      downColor: colour('loss'),
      wickUpColor: colour('gain'),
      wickDownColor: colour('loss'),
      borderVisible: false,
    });
    equity.applyOptions({ color: colour('accent') });
    benchmark.applyOptions({ color: colour('quiet') });
    depth.applyOptions({
      lineColor: colour('loss'),
      topColor: `${colour('loss')}40`,
      bottomColor: `${colour('loss')}10`,
    });
    for (const apply of recolour) apply();
  };
  paint();
  for (const [pane, columns] of [
    [0, [candles.high, candles.low]],
    [equityPane, [floats(data.equity), floats(data.benchmark)]],
  ] as const) {
    const mode = LightweightCharts.PriceScaleMode[spansDecades(columns) ? 'Logarithmic' : 'Normal'];
    chart.priceScale('right', pane).applyOptions({ mode });
  }
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint);

  chart.timeScale().fitContent();
  drawMarkers(chart, bars);
  drawLegends(chart, holder, legends);
  rangeButtons(chart);
  wheelAfterClick(chart, holder);
}

/** Values that grew or shrank manifold are drawn on a logarithmic scale: equal distances are equal ratios. */
function spansDecades(columns: readonly Float32Array[]): boolean {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const column of columns) {
    for (const value of column) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low > 0 && high / low > 4;
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

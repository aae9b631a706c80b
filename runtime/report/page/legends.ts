/** What each pane shows, with the values under the pointer, in the pane's corner. */
import type * as Charts from 'lightweight-charts';
import { candles, times } from './data.ts';
import { instant, price } from './show.ts';

export type Line = {
  readonly label: string;
  readonly colour: string;
  readonly values: Float32Array;
  readonly show: (x: number) => string;
};

export function drawLegends(chart: Charts.IChartApi, holder: HTMLElement, legends: readonly (readonly Line[])[]): void {
  const boxes = legends.map(() => {
    const box = document.createElement('div');
    box.className = 'legend';
    holder.append(box);
    return box;
  });
  const place = () => {
    chart.panes().forEach((pane, i) => {
      const box = boxes[i];
      const row = pane.getHTMLElement();
      if (box === undefined || row === null) return;
      box.style.top = `${row.getBoundingClientRect().top - holder.getBoundingClientRect().top + 6}px`;
    });
  };
  const write = (index: number) => {
    const i = Math.max(0, Math.min(times.length - 1, index));
    legends.forEach((lines, pane) => {
      const items: Node[] = pane === 0 ? [firstItem(i)] : [];
      for (const line of lines) items.push(legendItem(line, line.values[i] ?? Number.NaN));
      boxes[pane]?.replaceChildren(...items);
    });
  };
  chart.subscribeCrosshairMove(({ logical }) => write(logical ?? times.length - 1));
  new ResizeObserver(() => requestAnimationFrame(place)).observe(holder);
  holder.addEventListener('pointerup', place);
  write(times.length - 1);
  requestAnimationFrame(() => requestAnimationFrame(place));
}

/** The instant under the pointer, and the bar there is. */
function firstItem(i: number): Node {
  const span = document.createElement('span');
  span.textContent = instant(times[i] ?? 0);
  if (candles === undefined) return span;
  // A line may end between the values, not inside one.
  const values = [candles.open, candles.high, candles.low, candles.close].map(column =>
    price(column[i] ?? Number.NaN).replaceAll(' ', '\u00a0'),
  );
  span.textContent += `   O\u00a0${values[0]}  H\u00a0${values[1]}  L\u00a0${values[2]}  C\u00a0${values[3]}`;
  return span;
}

function legendItem(line: Line, value: number): Node {
  const item = document.createElement('span');
  const dot = document.createElement('i');
  dot.style.background = `var(--${line.colour})`;
  item.append(dot, `${line.label} ${line.show(value)}`);
  return item;
}

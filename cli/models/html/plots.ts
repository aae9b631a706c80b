/** Small plots of a training's report as SVG, drawn when it is written: no script, nothing from anywhere. */
import { html, type Markup } from '../../../runtime/report/html/markup.ts';

const WIDTH = 520;
const HEIGHT = 190;
const LEFT = 46;
const FLOOR = HEIGHT - 24;
const TOP = 10;

export interface Line {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** A colour of the page's style: `accent`, `line-1` … */
  readonly colour: string;
  readonly dots?: true;
}

export interface PlotFacts {
  readonly title: string;
  readonly note?: string;
  readonly lines: readonly Line[];
  /** Horizontal lines to compare with. */
  readonly marks?: readonly { readonly y: number; readonly name: string }[];
  /** A straight line from corner to corner: where a calibrated model would be. */
  readonly diagonal?: true;
  readonly xLabel: (x: number) => string;
  readonly yDigits?: number;
}

export function plot({ title, note, lines, marks = [], diagonal, xLabel, yDigits = 3 }: PlotFacts): Markup {
  const drawn = lines.map(line => ({ ...line, points: line.points.filter(({ y }) => Number.isFinite(y)) }));
  const all = drawn.flatMap(({ points }) => points);
  const heading = html`<h2>${title}${note !== undefined && html` <small>${note}</small>`}</h2>`;
  if (all.length < 2) return html`<div>${heading}<p class="note">Too little to draw.</p></div>`;
  const [left, right] = extent(all.map(({ x }) => x));
  const [low, high] = diagonal ? [0, 1] : extent([...all.map(({ y }) => y), ...marks.map(({ y }) => y)]);
  const [from, to] = diagonal ? [0, 1] : [left, right];
  const x = (value: number) => LEFT + ((value - from) / (to - from || 1)) * (WIDTH - LEFT - 8);
  const y = (value: number) => FLOOR - ((value - low) / (high - low || 1)) * (FLOOR - TOP);
  const place = (point: { readonly x: number; readonly y: number }) =>
    `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`;
  const mark = ({ y: value, name }: (typeof marks)[number]) =>
    html`<line class="zero" x1="${LEFT}" x2="${WIDTH - 8}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"><title>${name} ${value.toFixed(yDigits)}</title></line>`;
  const drawLine = ({ name, points, colour, dots }: Line) =>
    html`<polyline points="${points.map(place).join(' ')}" fill="none" stroke="var(--${colour})" stroke-width="1.6"><title>${name}</title></polyline>${
      dots &&
      points.map(
        point =>
          html`<circle cx="${x(point.x).toFixed(1)}" cy="${y(point.y).toFixed(1)}" r="2.6" fill="var(--${colour})"><title>${xLabel(point.x)}: ${point.y.toFixed(yDigits)}</title></circle>`,
      )
    }`;
  const keys = drawn.filter(({ name }) => name !== '');
  return html`<div>${heading}
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
<line class="axis" x1="${LEFT}" x2="${WIDTH - 8}" y1="${FLOOR}" y2="${FLOOR}"/>
${diagonal && html`<line class="zero" x1="${x(0)}" x2="${x(1)}" y1="${y(0)}" y2="${y(1)}"/>`}${marks.map(mark)}${drawn.map(drawLine)}
<text x="${LEFT - 6}" y="${FLOOR}" text-anchor="end">${low.toFixed(yDigits)}</text><text x="${LEFT - 6}" y="${TOP + 8}" text-anchor="end">${high.toFixed(yDigits)}</text>
<text x="${LEFT}" y="${HEIGHT - 6}" text-anchor="start">${xLabel(from)}</text><text x="${WIDTH - 8}" y="${HEIGHT - 6}" text-anchor="end">${xLabel(to)}</text></svg>
${keys.length > 1 && html`<p class="note">${keys.map(({ name, colour }) => html`<span style="color:var(--${colour})">▬</span> ${name} &nbsp; `)}</p>`}</div>`;
}

function extent(values: readonly number[]): readonly [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const room = low === high ? Math.abs(low) * 0.05 || 0.5 : 0;
  return [low - room, high + room];
}

/** Names with a bar each, the longest first. */
export function bars(
  title: string,
  note: string,
  rows: readonly { readonly name: string; readonly size: number; readonly text: string }[],
): Markup | undefined {
  if (rows.length === 0) return undefined;
  const most = Math.max(1e-12, ...rows.map(({ size }) => Math.abs(size)));
  const line = ({ name, size, text }: (typeof rows)[number]) => {
    const width = ((Math.abs(size) / most) * 100).toFixed(1);
    return html`<tr><td>${name}</td><td class="share"><i style="width:${width}%;background:var(--${size >= 0 ? 'accent' : 'loss'})"></i></td><td class="number">${text}</td></tr>`;
  };
  return html`<div><h2>${title} <small>${note}</small></h2><div class="scroll"><table class="members"><tbody>${rows.map(line)}</tbody></table></div></div>`;
}

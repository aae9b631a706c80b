/** A histogram as SVG, drawn when the report is written: gains and losses in their colours, zero and the mean marked. */

import { mean, percentile } from '../../statistics/moments.ts';
import { formatNumber, formatPercent } from '../format.ts';
import { html, type Markup } from './markup.ts';

const WIDTH = 520;
const HEIGHT = 190;
const FLOOR = HEIGHT - 22;
const MOST_BINS = 41;

export function histogram(title: string, values: Float64Array): Markup {
  const present = values.filter(Number.isFinite);
  const moved = present.filter(value => value !== 0);
  if (moved.length < 5) return html`<div><h2>${title}</h2><p class="note">Too few to draw.</p></div>`;
  const flat = present.length - moved.length;
  const { edge, counts, width } = binned(moved);
  const most = Math.max(1, ...counts);
  const x = (value: number) => ((value + edge) / (2 * edge)) * WIDTH;
  const bar = (count: number, i: number) => {
    const height = (count / most) * (FLOOR - 8);
    const middle = -edge + (i + 0.5) * width;
    return (
      count > 0 &&
      html`<rect x="${(x(middle - width / 2) + 0.5).toFixed(1)}" y="${(FLOOR - height).toFixed(1)}" width="${((width / (2 * edge)) * WIDTH - 1).toFixed(1)}" height="${height.toFixed(1)}" rx="1" fill="var(--${middle >= 0 ? 'gain' : 'loss'})"><title>${formatPercent(middle - width / 2, 2)} to ${formatPercent(middle + width / 2, 2)}: ${count}</title></rect>`
    );
  };
  const label = (value: number, anchor: string) =>
    html`<text x="${x(value).toFixed(1)}" y="${HEIGHT - 6}" text-anchor="${anchor}">${formatPercent(value, edge < 0.02 ? 2 : 1)}</text>`;
  return html`<div><h2>${title} <small>mean ${formatPercent(mean(present))}, median ${formatPercent(percentile(present, 0.5))}, ${formatNumber(present.length, 0)} in all${flat > 0 && `, ${formatNumber(flat, 0)} flat`}</small></h2>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">${counts.map(bar)}
<line class="axis" x1="0" x2="${WIDTH}" y1="${FLOOR}" y2="${FLOOR}"/><line class="zero" x1="${x(0)}" x2="${x(0)}" y1="0" y2="${FLOOR}"/>
${label(-edge, 'start')}${label(-edge / 2, 'middle')}<text x="${x(0)}" y="${HEIGHT - 6}" text-anchor="middle">0</text>${label(edge / 2, 'middle')}${label(edge, 'end')}</svg></div>`;
}

/**
 * Symmetric bins around zero, wide enough for all but the outermost values, which fall into the end bins.
 * Returns of exactly zero are neither gain nor loss: they are told apart, not drawn.
 */
function binned(values: Float64Array): { edge: number; width: number; counts: readonly number[] } {
  const sizes = values.map(Math.abs);
  const edge = Math.max(
    1e-6,
    Math.min(
      sizes.reduce((a, b) => Math.max(a, b), 0),
      percentile(sizes, 0.99) * 1.2,
    ),
  );
  // An even number of bins, so that none straddles zero.
  const bins = 2 * Math.floor(Math.max(5, Math.min(MOST_BINS, 2 * Math.sqrt(values.length))) / 2);
  const width = (2 * edge) / bins;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.max(0, Math.min(bins - 1, Math.floor((value + edge) / width)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { edge, width, counts };
}

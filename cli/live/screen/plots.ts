/** Lines and bars of block characters. */

/** Eighths of a cell, from nothing to full: upwards for a line, to the right for a bar. */
const UPWARDS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const RIGHTWARDS = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'] as const;
const TRACK = '·';

/**
 * A series as columns of blocks, the newest at the right, its lowest value at one eighth and its highest at the top. A
 * series longer than the room shows the last value of each of its equal parts; a value that is no number is a gap.
 */
export function sparkline(series: readonly number[], cells: number, rows: number): readonly string[] {
  const values = shortened(series, cells);
  const known = values.filter(Number.isFinite);
  if (known.length === 0 || rows < 1) return [];
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const steps = rows * 8;
  const heights = values.map(value => {
    if (!Number.isFinite(value)) return 0;
    // Halved before they are subtracted: the range of huge values is still a number.
    const share = high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0;
    return 1 + Math.round(share * (steps - 1));
  });
  return Array.from({ length: rows }, (_, row) =>
    heights.map(height => UPWARDS[Math.max(0, Math.min(8, height - 8 * (rows - 1 - row)))] ?? ' ').join(''),
  );
}

function shortened(series: readonly number[], cells: number): readonly number[] {
  if (cells < 1) return [];
  if (series.length <= cells) return series;
  return Array.from(
    { length: cells },
    (_, i) => series[Math.ceil(((i + 1) * series.length) / cells) - 1] ?? Number.NaN,
  );
}

/** How much of a bound is used: full at the bound and beyond it. */
export function bar(share: number, cells: number): string {
  const eighths = Number.isFinite(share) ? Math.round(Math.max(0, Math.min(1, share)) * cells * 8) : 0;
  const whole = Math.floor(eighths / 8);
  const part = eighths % 8 === 0 ? '' : (RIGHTWARDS[eighths % 8] ?? '');
  return ('█'.repeat(whole) + part).padEnd(cells, TRACK);
}

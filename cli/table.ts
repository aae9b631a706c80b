/** Rows of cells as lines whose columns stand under one another: words at the left of theirs, figures at the right. */
export function aligned(rows: readonly (readonly string[])[], figures: ReadonlySet<number>): readonly string[] {
  const width = (column: number) => rows.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0);
  const widths = (rows[0] ?? []).map((_, column) => width(column));
  return rows.map(row =>
    row
      .map((cell, i) => (figures.has(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

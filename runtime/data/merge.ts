/**
 * Several files of one market as one series. Files may come in any order and may overlap where they agree; a stamp with
 * two different rows is an error that names both files.
 */
import { type CsvTable, lastAtMost } from './csv.ts';
import { dataError } from './errors.ts';

export interface FileTable {
  readonly file: string;
  readonly table: CsvTable;
}

/** Rows [from, to) of one file; pieces in order make up the series. */
interface Piece {
  readonly source: FileTable;
  readonly from: number;
  to: number;
}

export interface MergedColumns {
  readonly columns: readonly Float64Array[];
  readonly rows: number;
  /** Rows that another file had as well. */
  readonly repeated: number;
  /** Which of the files a row came from, by its place among them, and its line there. */
  readonly originOf: (row: number) => Origin;
}

export interface Origin {
  readonly file: number;
  readonly line: number;
}

/** Joins the files and empties their buffers, one column at a time, so that no column is held twice for long. */
export function mergeFiles(files: readonly FileTable[], width: number): MergedColumns {
  const ordered = files.toSorted((a, b) => timeOf(a, 0) - timeOf(b, 0) || (a.file < b.file ? -1 : 1));
  let pieces: Piece[] = [];
  let repeated = 0;
  for (const source of ordered) {
    const added = addFile(pieces, source, width);
    pieces = added.pieces;
    repeated += added.repeated;
  }
  const rows = pieces.reduce((sum, piece) => sum + piece.to - piece.from, 0);
  const columns = Array.from({ length: width }, (_, column) => {
    const values = new Float64Array(rows);
    let offset = 0;
    for (const { source, from, to } of pieces) {
      source.table.columns.copy(column, from, to, values, offset);
      offset += to - from;
    }
    for (const { table } of files) table.columns.drop(column);
    return values;
  });
  return { columns, rows, repeated, originOf: origins(pieces, files) };
}

function origins(pieces: readonly Piece[], files: readonly FileTable[]): (row: number) => Origin {
  const starts: number[] = [];
  let rows = 0;
  for (const { from, to } of pieces) {
    starts.push(rows);
    rows += to - from;
  }
  return row => {
    const at = lastAtMost(starts, row);
    const piece = pieces[at];
    if (piece === undefined) throw new Error(`no file has row ${row}`);
    const { source, from } = piece;
    return { file: files.indexOf(source), line: source.table.lineOf(from + row - (starts[at] ?? 0)) };
  };
}

function timeOf(source: FileTable, row: number): number {
  return source.table.columns.at(0, row);
}

function addFile(pieces: readonly Piece[], source: FileTable, width: number): { pieces: Piece[]; repeated: number } {
  const start = timeOf(source, 0);
  const overlapAt = pieces.findIndex(piece => timeOf(piece.source, piece.to - 1) >= start);
  if (overlapAt < 0) return { pieces: [...pieces, { source, from: 0, to: source.table.rows }], repeated: 0 };

  const merged: Piece[] = pieces.slice(0, overlapAt);
  let repeated = 0;
  const emit = (from: FileTable, row: number): void => {
    const last = merged.at(-1);
    if (last !== undefined && last.source === from && last.to === row) last.to++;
    else merged.push({ source: from, from: row, to: row + 1 });
  };
  let row = 0;
  for (const piece of pieces.slice(overlapAt)) {
    for (let old = piece.from; old < piece.to; old++) {
      const time = timeOf(piece.source, old);
      while (row < source.table.rows && timeOf(source, row) < time) emit(source, row++);
      if (row < source.table.rows && timeOf(source, row) === time) {
        refuseDifference(piece.source, old, source, row, width);
        repeated++;
        row++;
      }
      emit(piece.source, old);
    }
  }
  while (row < source.table.rows) emit(source, row++);
  return { pieces: merged, repeated };
}

function refuseDifference(a: FileTable, rowA: number, b: FileTable, rowB: number, width: number): void {
  for (let column = 1; column < width; column++) {
    if (a.table.columns.at(column, rowA) === b.table.columns.at(column, rowB)) continue;
    const lineA = a.table.lineOf(rowA);
    const lineB = b.table.lineOf(rowB);
    throw dataError(
      'D1014',
      { timeMs: timeOf(a, rowA), first: `${a.file}:${lineA}`, second: `${b.file}:${lineB}` },
      { file: b.file, line: lineB },
    );
  }
}

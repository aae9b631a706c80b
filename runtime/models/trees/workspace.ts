/**
 * The memory of a training and the crew that works on it. Fixed parts first (tables, labels, margins, gradients, rows), then
 * the bins, then histograms, which are taken and given back and grow the memory as they need. While columns are binned
 * the rows and the histograms are not there yet, and their place is scratch.
 */
import { modelError } from '../errors.ts';
import { type Crew, openCrew } from './crew.ts';
import { CUT_BYTES, scratchBytes } from './kernel/binning.ts';
import {
  BEST,
  BIN_BYTES,
  COLUMN,
  GROUP,
  NODE,
  NUMBERS,
  PAIR_BYTES,
  TASK_BYTES,
  TASK_WORDS,
  type Width,
} from './kernel/layout.ts';
import { kernelModule } from './kernel/module.ts';
import type { GainForm } from './kernel/scan.ts';
import type { TreeSettings } from './settings.ts';

const PAGE = 65_536;
const MAX_BYTES: number = 65_536 * PAGE - PAGE;
/** What histograms may take unless stated otherwise; nodes beyond it are counted anew. */
const HISTOGRAM_BYTES: number = 512 * 2 ** 20;
/** Splits that are worked on together, at most. */
const BATCH = 128;

export interface Shape {
  readonly rows: number;
  /** Columns that can be split on. */
  readonly columns: number;
  readonly outputs: number;
  readonly threads: number;
  readonly histogramBytes?: number;
}

export interface Addresses {
  readonly tasks: number;
  readonly best: number;
  readonly nodes: number;
  readonly masks: number;
  readonly groups: number;
  readonly facts: number;
  readonly cuts: number;
  readonly labels: number;
  readonly weights: number;
  readonly margins: number;
  readonly gradients: number;
  readonly rows: number;
  readonly spareRows: number;
  readonly pairs: number;
  readonly sparePairs: number;
  readonly bins: number;
  readonly histograms: number;
}

/** A group of columns as it stands in memory. */
export interface Group {
  readonly address: number;
  readonly bins: number;
  readonly first: number;
  readonly width: number;
  /** Bytes from the start of a histogram. */
  readonly offset: number;
}

export interface Workspace {
  readonly shape: Shape;
  readonly width: Width;
  readonly at: Addresses;
  readonly groups: readonly Group[];
  /** Rows of labels, margins and weights: those there are, then zeros up to a multiple of four. */
  readonly paddedRows: number;
  readonly batch: number;
  readonly task: (index: number, kind: number, words: Readonly<Record<number, number>>) => void;
  /** The words of all tasks, `TASK_WORDS` each: for the many tasks that would be slow to describe one by one. */
  readonly tasks: Int32Array;
  readonly answer: (index: number, word: number) => number;
  readonly run: (tasks: number) => void;
  readonly floats: (address: number, length: number) => Float32Array;
  readonly doubles: (address: number, length: number) => Float64Array;
  readonly words: (address: number, length: number) => Int32Array;
  readonly bytes: (address: number, length: number) => Uint8Array;
  readonly histograms: Histograms;
  readonly stop: () => Promise<void>;
}

export interface Histograms {
  /** Address of a free one. */
  readonly take: () => number;
  readonly giveBack: (address: number) => void;
  /** Whether another one may be kept beside those that the next splits need. */
  readonly mayKeep: () => boolean;
}

/** Columns in groups of as equal a width as can be. */
function groupsOf(columns: number, width: Width): readonly { readonly first: number; readonly width: number }[] {
  const count = Math.ceil(columns / width.columns);
  return Array.from({ length: count }, (_, g) => {
    const first = Math.floor((g * columns) / count);
    return { first, width: Math.floor(((g + 1) * columns) / count) - first };
  });
}

export async function openWorkspace(shape: Shape, width: Width, settings: TreeSettings): Promise<Workspace> {
  const { rows, columns, outputs, threads } = shape;
  const parts = groupsOf(columns, width);
  const paddedRows = (rows + 3) & ~3;
  const histogramBytes = columns * width.stride * BIN_BYTES;
  const capacity = Math.max(8, Math.floor((shape.histogramBytes ?? HISTOGRAM_BYTES) / histogramBytes));
  const batch = Math.max(1, Math.min(BATCH, capacity >> 2));
  const tasks = Math.max(batch * parts.length, batch * 2, 1024);

  let top: number = NUMBERS.end;
  const place = (bytes: number): number => {
    const address = top;
    top = (top + bytes + 63) & ~63;
    if (top > MAX_BYTES || top < address) throw modelError('E1124', { trainer: 'xgboost', reason: 'size' });
    return address;
  };
  const at: Addresses = {
    tasks: place(tasks * TASK_BYTES),
    best: place(2 * batch * parts.length * BEST.size),
    nodes: place(2 * batch * NODE.size),
    masks: place(2 * batch * columns),
    groups: place(parts.length * GROUP.size),
    facts: place(columns * COLUMN.size),
    cuts: place(columns * CUT_BYTES),
    labels: place(4 * paddedRows),
    weights: place(4 * paddedRows),
    margins: place(4 * paddedRows * outputs),
    gradients: place(PAIR_BYTES * paddedRows * outputs),
    bins: place(8 * rows * parts.length),
    rows: place(4 * rows),
    spareRows: place(4 * rows),
    pairs: place(PAIR_BYTES * rows),
    sparePairs: place(PAIR_BYTES * rows),
    histograms: top,
  };
  const scratchEnd = at.rows + threads * (scratchBytes(rows) + 64) + 4 * rows * width.columns;
  const memory = new WebAssembly.Memory({
    initial: Math.ceil(Math.max(top + 4 * histogramBytes, scratchEnd) / PAGE) + 1,
    maximum: 65_536,
    shared: true,
  });
  const form: GainForm = {
    alpha: settings.alpha !== 0,
    maxDeltaStep: settings.maxDeltaStep !== 0,
    emptySides: settings.minChildWeight === 0,
  };
  const crew: Crew = await openCrew({ module: kernelModule(form, width), memory, tasks: at.tasks }, threads);

  let buffer = memory.buffer;
  const viewed = (): SharedArrayBuffer => {
    buffer = memory.buffer;
    return buffer;
  };
  const taskWords = new Int32Array(buffer, at.tasks, tasks * TASK_WORDS);
  const groups = parts.map(
    (part, g): Group => ({
      ...part,
      address: at.groups + g * GROUP.size,
      bins: at.bins + 8 * rows * g,
      offset: part.first * width.stride * BIN_BYTES,
    }),
  );
  for (const group of groups) {
    const entry = new Int32Array(buffer, group.address, GROUP.size / 4);
    entry[GROUP.bins / 4] = group.bins;
    entry[GROUP.width / 4] = group.width;
    entry[GROUP.first / 4] = group.first;
    entry[GROUP.bytes / 4] = group.width * width.stride * BIN_BYTES;
  }
  const numbers = new DataView(buffer, 0, NUMBERS.end);
  for (const name of ['lambda', 'alpha', 'minChildWeight', 'maxDeltaStep'] as const) {
    numbers.setFloat64(NUMBERS[name], settings[name], true);
  }
  numbers.setInt32(NUMBERS.columns, at.facts, true);
  numbers.setInt32(NUMBERS.scratch, at.rows, true);
  numbers.setInt32(NUMBERS.scratchBytes, (scratchBytes(rows) + 63) & ~63, true);

  return {
    shape,
    width,
    at,
    groups,
    paddedRows,
    batch,
    task: (index, kind, words) => {
      const start = index * TASK_WORDS;
      taskWords[start] = kind;
      for (const word in words) taskWords[start + Number(word)] = words[word];
    },
    tasks: taskWords,
    answer: (index, word) => taskWords[index * TASK_WORDS + word],
    run: crew.run,
    floats: (address, length) => new Float32Array(viewed(), address, length),
    doubles: (address, length) => new Float64Array(viewed(), address, length),
    words: (address, length) => new Int32Array(viewed(), address, length),
    bytes: (address, length) => new Uint8Array(viewed(), address, length),
    histograms: histogramPool(memory, at.histograms, histogramBytes, capacity - 2 * batch),
    stop: crew.stop,
  };
}

function histogramPool(memory: WebAssembly.Memory, start: number, bytes: number, keep: number): Histograms {
  const free: number[] = [];
  let made = 0;
  return {
    take: () => {
      const known = free.pop();
      if (known !== undefined) return known;
      const address = start + made * bytes;
      const end = address + bytes;
      if (end > MAX_BYTES) throw modelError('E1124', { trainer: 'xgboost', reason: 'size' });
      const missing = end - memory.buffer.byteLength;
      // In steps: growing costs a call to the system.
      if (missing > 0)
        memory.grow(Math.min(Math.ceil((missing + 3 * bytes) / PAGE), 65_536 - memory.buffer.byteLength / PAGE));
      made++;
      return address;
    },
    giveBack: address => {
      free.push(address);
    },
    mayKeep: () => made - free.length < keep,
  };
}

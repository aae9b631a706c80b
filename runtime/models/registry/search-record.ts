/**
 * The record of a search while it runs: a line a trial, flushed, so that a search that was broken off goes on where it was.
 * A line that was cut short by a kill is none. The file stays: with the same trials it has the same bytes.
 */
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../data/cache-folder.ts';
import { modelError } from '../errors.ts';
import type { Trial } from '../search/types.ts';
import { systemCodeOf, writeFile } from './disk.ts';
import { canonicalText } from './hash.ts';

export interface SearchRecord {
  readonly trials: readonly Trial[];
  readonly append: (trial: Trial) => void;
  /** Leaves exactly these trials: of two searches at once, both have written theirs. */
  readonly finish: (trials: readonly Trial[]) => void;
}

/** `id`: of what is searched for: the version that it ends in. Throws E1146 where the system refuses. */
export function openSearchRecord(registry: string, id: string): SearchRecord {
  const path = join(registry, 'searches', `${id}.jsonl`);
  const text = textOf(path);
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const trials: Trial[] = [];
  for (const line of whole.split('\n').filter(each => each !== '')) {
    const trial = JSON.parse(line) as Trial;
    // Another search at the same time tells the same trials once more.
    if (trial.number === trials.length) trials.push(trial);
  }
  if (textFor(trials) !== text) writeFile(registry, path, Buffer.from(textFor(trials)));
  return {
    trials,
    append: trial => appendFlushed(registry, path, textFor([trial])),
    finish: all => {
      if (textOf(path) !== textFor(all)) writeFile(registry, path, Buffer.from(textFor(all)));
    },
  };
}

function textFor(trials: readonly Trial[]): string {
  return trials.map(trial => `${canonicalText(trial)}\n`).join('');
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

function appendFlushed(registry: string, path: string, line: string): void {
  try {
    makeFolder(dirname(path), 0o755);
    const descriptor = openSync(path, 'a');
    try {
      // One write: what a kill leaves is a line or the beginning of one.
      writeSync(descriptor, line);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
    throw modelError('E1146', { folder: registry, reason: error instanceof Error ? error.message : String(error) });
  }
}

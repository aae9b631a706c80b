/**
 * From a strategy's text to its plan, the short way when the same text was compiled before: the front end, which takes
 * longer to load than most backtests run, is then not needed at all. An entry holds the plan and the warnings that its
 * text gave; it is named by everything that either could depend on.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Plan } from '../compiler/plan.ts';
import { decodePlan, encodePlan } from '../compiler/plan-file.ts';
import type { Configuration } from '../language/check/configuration.ts';
import type { SourceFile } from '../language/syntax/tree.ts';
import { defaultCacheDir } from '../runtime/data/cache.ts';
import { makeFolder, removeOld } from '../runtime/data/cache-folder.ts';
import { writeWhole } from '../runtime/report/write.ts';
import { BUILD } from './build.ts';
import type { Call } from './command.ts';
import { VERSION } from './version.ts';

export interface Prepared {
  readonly plan: Plan;
  /** One line each. */
  readonly warnings: readonly string[];
}

export interface Wanted {
  /** Streams to be had as columns: those that are named, or every one that has a name. */
  readonly series: readonly string[] | 'all';
  /** Whether the plots are to be drawn. */
  readonly plots: boolean;
  /** Documents of the deployment: part of what a strategy means. */
  readonly configuration: Configuration;
}

/** Undefined when the strategy has errors; they have been told by then. */
export async function preparePlan(call: Call, source: SourceFile, wanted: Wanted): Promise<Prepared | undefined> {
  const path = await entryPath(call, source, wanted);
  const kept = path === undefined ? undefined : readEntry(path);
  if (kept !== undefined) return kept;
  const { compileSource } = await import('./rooms/compiler.ts');
  const made = compileSource(call, source, wanted);
  if (made !== undefined && path !== undefined) writeEntry(path, made);
  return made;
}

/** A strategy that uses other files depends on their text too: it is compiled each time. */
async function entryPath(call: Call, source: SourceFile, wanted: Wanted): Promise<string | undefined> {
  if (BUILD === undefined || /\buse\b/.test(source.text)) return undefined;
  const folder = await defaultCacheDir(call.terminal.environment);
  if (folder === undefined) return undefined;
  const key = createHash('sha256').update(JSON.stringify([VERSION, BUILD, source, wanted]));
  return join(folder, 'plans', `${key.digest('hex').slice(0, 32)}.plan`);
}

/** An entry, or what a process that was killed left of one. */
const ENTRY_NAME = /^[0-9a-f]{32}\.plan(\.\d+\.part)?$/;

function readEntry(path: string): Prepared | undefined {
  try {
    const bytes = readFileSync(path);
    const headerLength = bytes.readUInt32LE(0);
    const { warnings }: { warnings: readonly string[] } = JSON.parse(bytes.toString('utf8', 4, 4 + headerLength));
    return { plan: decodePlan(bytes.subarray(4 + headerLength)), warnings };
  } catch {
    // Not there, cut short, or of another build: whatever it is, compiling again mends it.
    return undefined;
  }
}

function writeEntry(path: string, { plan, warnings }: Prepared): void {
  const header = Buffer.from(JSON.stringify({ warnings }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  try {
    makeFolder(dirname(path));
    writeWhole(path, Buffer.concat([length, header, encodePlan(plan)]));
    removeOld(dirname(path), basename(path), ENTRY_NAME);
  } catch (error) {
    // A full or read-only disk costs the next start its shortcut, and nothing else; a mistake of ours is told.
    if (!(error instanceof Error) || !(error.name === 'WriteError' || 'code' in error)) throw error;
  }
}

/**
 * A strategy file from disk to a checked program, with the standard library and the files it uses. Brings in the whole
 * front end; commands load it when they run.
 */
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import type { Configuration } from '../language/check/configuration.ts';
import {
  type CheckedStrategy,
  cannotRunYet,
  checkStrategy,
  type Diagnostic,
  readStrategy,
  render,
  type SourceFile,
  type Tree,
} from '../language/index.ts';
import { libraryTrees } from '../stdlib/trees.ts';
import { readStrategyFile } from './files.ts';
import type { Paint } from './terminal.ts';

export interface StrategyFile extends CheckedStrategy {
  readonly source: SourceFile;
}

/** Throws only for what is wrong around the file; what is wrong in it is a diagnostic. */
export function loadStrategy(path: string, configuration: Configuration = {}): StrategyFile {
  return checkSource(readStrategyFile(path), configuration);
}

export function checkSource(source: SourceFile, configuration: Configuration = {}): StrategyFile {
  const modules = new Map<string, Tree>();
  // Reading a text twice takes time, and few use others.
  if (/\buse\b/.test(source.text)) readModules(dirname(source.name), readStrategy(source).tree, modules);
  return { source, ...checkStrategy(source, { library: standardLibrary(), modules, configuration }) };
}

let library: readonly Tree[] | undefined;

/** The standard library does not change while a program runs. */
function standardLibrary(): readonly Tree[] {
  library ??= libraryTrees();
  return library;
}

/**
 * The files that `use` names, and those they use. Paths are relative to the strategy's folder and stay inside it: a
 * strategy from a stranger names nothing else on the disk. What cannot be found is left out, and the checker says so.
 */
function readModules(folder: string, tree: Tree, found: Map<string, Tree>): void {
  for (const declaration of tree.declarations) {
    if (declaration.kind !== 'use') continue;
    const path = declaration.path.value;
    const inside = !isAbsolute(path) && !normalize(path).startsWith('..') && /\.(vela|ya?ml)$/.test(path);
    const place = join(folder, path);
    if (found.has(path) || !inside || !existsSync(place)) continue;
    const module = readStrategy(readStrategyFile(place)).tree;
    found.set(path, module);
    readModules(folder, module, found);
  }
}

export interface Tally {
  readonly errors: number;
  readonly warnings: number;
}

export function tally(diagnostics: readonly Diagnostic[]): Tally {
  const errors = diagnostics.filter(diagnostic => diagnostic.severity === 'error').length;
  return { errors, warnings: diagnostics.length - errors };
}

/** Diagnostics as text, a blank line between them. */
export function diagnosticsText(diagnostics: readonly Diagnostic[], colour: boolean): string {
  return diagnostics.map(diagnostic => `${render(diagnostic, { colour, place: true })}\n`).join('\n');
}

/** `2 errors, 1 warning`. */
export function tallyText({ errors, warnings }: Tally, paint: Paint): string {
  const count = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`;
  const parts = [
    ...(errors > 0 ? [paint('red', count(errors, 'error'))] : []),
    ...(warnings > 0 ? [paint('yellow', count(warnings, 'warning'))] : []),
  ];
  return parts.length === 0 ? paint('green', 'no problems') : parts.join(', ');
}

/** All that stands in the way of running a strategy: its errors, and what cannot run yet. */
export function obstacles({ program, diagnostics }: CheckedStrategy): readonly Diagnostic[] {
  return [...diagnostics.filter(diagnostic => diagnostic.severity === 'error'), ...cannotRunYet(program, 'error')];
}

/** For commands that need a strategy without errors: its diagnostics are told, and it is given only when it may run. */

import type { Configuration } from '../language/check/configuration.ts';
import { type Diagnostic, type SourceFile, toJson } from '../language/index.ts';
import type { Call } from './command.ts';
import { readStrategyFile } from './files.ts';
import { jsonDocument } from './json.ts';
import { checkSource, diagnosticsText, obstacles, type StrategyFile, tally, tallyText } from './strategy.ts';

export function loadRunnable(call: Call, path: string, configuration: Configuration = {}): StrategyFile | undefined {
  return runnable(call, readStrategyFile(path), configuration);
}

/** Undefined when there are errors; they have been told by then. */
export function runnable(call: Call, source: SourceFile, configuration: Configuration = {}): StrategyFile | undefined {
  const strategy = checkSource(source, configuration);
  const found = obstacles(strategy);
  if (found.length === 0) return strategy;
  tellDiagnostics(call, source.name, found);
  return undefined;
}

/** What stands in a command's way: as text on standard error, with `--json` as its document too. */
export function tellDiagnostics({ terminal, json }: Call, file: string, diagnostics: readonly Diagnostic[]): void {
  const counts = tally(diagnostics);
  if (json) terminal.out(jsonDocument({ file, ...counts, diagnostics: diagnostics.map(toJson) }));
  const text = diagnosticsText(diagnostics, terminal.logPaint('bold', 'x') !== 'x');
  terminal.log(`${text}\n${file}: ${tallyText(counts, terminal.logPaint)}\n`);
}

/** For commands that need a strategy without errors: its diagnostics are shown, and it is given only when it may run. */

import type { SourceFile } from '../language/index.ts';
import { toJson } from '../language/index.ts';
import type { Call } from './command.ts';
import { readStrategyFile } from './files.ts';
import { jsonDocument } from './json.ts';
import { checkSource, diagnosticsText, obstacles, type StrategyFile, tally, tallyText } from './strategy.ts';

export function loadRunnable(call: Call, path: string): StrategyFile | undefined {
  return runnable(call, readStrategyFile(path));
}

/** Undefined when there are errors; they have been told by then, on standard error or as the JSON document. */
export function runnable(call: Call, source: SourceFile): StrategyFile | undefined {
  const { terminal, json } = call;
  const strategy = checkSource(source);
  const found = obstacles(strategy);
  if (found.length === 0) return strategy;
  const counts = tally(found);
  if (json) terminal.out(jsonDocument({ file: source.name, ...counts, diagnostics: found.map(toJson) }));
  const text = diagnosticsText(found, terminal.logPaint('bold', 'x') !== 'x');
  terminal.log(`${text}\n${source.name}: ${tallyText(counts, terminal.logPaint)}\n`);
  return undefined;
}

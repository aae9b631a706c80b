/** The HTML report of an outcome, written whole or not at all. */
import { reportAssets } from '../../runtime/report/assets.ts';
import { reportDocument } from '../../runtime/report/html/document.ts';
import { writeOutput } from '../output.ts';
import type { Terminal } from '../terminal.ts';
import type { Outcome } from './outcome.ts';
import { reportInput } from './report_input.ts';

export async function writeReport(terminal: Terminal, outcome: Outcome, path: string): Promise<void> {
  writeOutput(terminal, path, reportDocument(reportInput(outcome), await reportAssets()));
}

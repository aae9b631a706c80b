/** The HTML report of an outcome, written whole or not at all. */
import { resolve } from 'node:path';
import { reportAssets } from '../../runtime/report/assets.ts';
import { reportDocument } from '../../runtime/report/html/document.ts';
import { writeWhole } from '../../runtime/report/write.ts';
import type { Terminal } from '../terminal.ts';
import type { Outcome } from './outcome.ts';
import { reportInput } from './report_input.ts';

export async function writeReport(terminal: Terminal, outcome: Outcome, path: string): Promise<void> {
  writeWhole(resolve(terminal.folder, path), reportDocument(reportInput(outcome), await reportAssets()));
}

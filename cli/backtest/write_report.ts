/** The HTML report of an outcome, written whole or not at all. */
import { reportAssets } from '../../runtime/report/assets.ts';
import { reportDocument } from '../../runtime/report/html/document.ts';
import { writeWhole } from '../../runtime/report/write.ts';

import type { Outcome } from './outcome.ts';
import { reportInput } from './report_input.ts';

export async function writeReport(outcome: Outcome, path: string): Promise<void> {
  writeWhole(path, reportDocument(reportInput(outcome), await reportAssets()));
}

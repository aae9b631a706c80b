/** The HTML report of a training, written whole or not at all. */
import { reportAssets } from '../../runtime/report/assets.ts';
import { writeWhole } from '../../runtime/report/write.ts';
import { trainingReport } from './html/document.ts';
import type { TrainOutcome } from './train.ts';

export async function writeTrainingReport(outcome: TrainOutcome, path: string): Promise<void> {
  writeWhole(path, trainingReport(outcome, (await reportAssets()).style));
}
